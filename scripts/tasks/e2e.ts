import { handOver } from "../run.ts";

await handOver("tests/e2e/run.ts");
