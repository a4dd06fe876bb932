import { handOver } from "../run.ts";

await handOver("tests/bench/run.ts");
