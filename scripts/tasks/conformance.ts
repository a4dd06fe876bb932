import { handOver } from "../run.ts";

await handOver("tests/promql/conformance.ts");
