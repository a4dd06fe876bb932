import { join } from "node:path";
import { root } from "../artifacts.ts";
import { buildKernels } from "../build-kernel.mjs";
import { buildPage } from "../build-page.mjs";
import { run } from "../run.ts";

const bin = (name: string) => join(root, "node_modules/.bin", name);

const steps: readonly (readonly [string, string, readonly string[]])[] = [
  ["types", bin("tsc"), ["-b"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["format", bin("oxfmt"), ["--check", "."]],
  ["dead code", bin("knip"), []],
];

await Promise.all([buildPage(), buildKernels()]);
let failed = 0;
for (const [name, command, args] of steps) {
  const started = performance.now();
  const code = await run(command, args);
  if (code !== 0) failed++;
  process.stdout.write(`${code === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
}
process.exit(failed === 0 ? 0 : 1);
