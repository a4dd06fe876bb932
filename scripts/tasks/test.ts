import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { dist, root } from "../artifacts.ts";
import { buildAgent } from "../build.ts";
import { buildPage } from "../build-page.mjs";
import { run } from "../run.ts";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

await Promise.all([buildPage(), buildAgent()]);
mkdirSync(dist, { recursive: true });
const report = join(dist, "test-report.json");
rmSync(report, { force: true });
const code = await run(join(root, "node_modules/.bin/vitest"), [
  "run",
  "--reporter=dot",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);

let result: VitestReport;
try {
  result = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
} catch {
  process.stdout.write("the test runner ended without a report\n0 passed, 1 failed\n");
  process.exit(1);
}
// A file that cannot be loaded fails no test of its own, yet everything in it is untested.
const failed = Math.max(result.numFailedTests, code === 0 ? 0 : 1);
const skipped = result.numPendingTests > 0 ? `, ${result.numPendingTests} skipped` : "";
process.stdout.write(`${result.numPassedTests} passed, ${failed} failed${skipped}\n`);
process.exit(failed === 0 ? 0 : 1);
