import { handOver } from "../run.ts";

await handOver("tests/bench/m4.ts");
