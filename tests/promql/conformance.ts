/** `node tests/promql/conformance.ts FILE…`: runs promqltest scripts, prints passed/total (skipped), exits 1 if any case fails. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { runScript } from "./script/run-script.ts";

const files = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
if (files.length === 0) {
  console.error("usage: conformance FILE…  (promqltest scripts)");
  process.exit(2);
}
let passed = 0;
let total = 0;
for (const file of files) {
  try {
    const report = runScript(readFileSync(file, "utf8"));
    passed += report.passed;
    total += report.total;
    console.log(`${basename(file)} ${report.passed}/${report.total} (0)`);
    for (const failure of report.failures) console.error(`  ${failure}`);
  } catch (error) {
    total++;
    console.log(`${basename(file)} 0/1 (0)`);
    console.error(`  the script could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(`total ${passed}/${total} (0)`);
process.exitCode = passed === total ? 0 : 1;
