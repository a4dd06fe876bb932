import { handOver } from "../run.ts";

await handOver("tests/faults/run.ts");
