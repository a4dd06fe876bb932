/**
 * The forecaster on the hourly series of the M4 competition: reads DIR/Hourly-train.csv alone and writes
 * `{"H1": {"mean", "lo95", "hi95", "lo80", "hi80"}, …}` with 48 values each. Usage: node tests/bench/m4.ts --data DIR --out FILE
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { forecast } from "@sightline/shared/forecast/forecast";

const HOUR = 3_600_000;
const AHEAD = 48;

const { values: options } = parseArgs({ options: { data: { type: "string" }, out: { type: "string" } } });
if (options.data === undefined || options.out === undefined) {
  console.error("usage: npm run bench:m4 -- --data DIR --out FILE");
  process.exit(2);
}
const [, ...lines] = readFileSync(path.join(options.data, "Hourly-train.csv"), "utf8").trim().split("\n");
const forecasts: Record<string, Record<string, number[]>> = {};
const started = performance.now();
let refused = 0;
for (const line of lines) {
  const [id = "", ...cells] = line
    .trim()
    .split(",")
    .map((cell) => cell.replaceAll('"', ""));
  const history = cells.filter((cell) => cell !== "" && cell !== "NA").map(Number);
  const answer = forecast({ timestamps: history.map((_, i) => i * HOUR), values: history, horizonMs: AHEAD * HOUR });
  if ("refused" in answer) {
    refused++;
    const last = history.at(-1) ?? 0;
    forecasts[id] = Object.fromEntries(
      ["mean", "lo95", "hi95", "lo80", "hi80"].map((key) => [key, Array.from({ length: AHEAD }, () => last)]),
    );
    continue;
  }
  const { points } = answer;
  forecasts[id] = {
    mean: points.map((point) => point.mean),
    lo95: points.map((point) => point.lo95),
    hi95: points.map((point) => point.hi95),
    lo80: points.map((point) => point.lo80),
    hi80: points.map((point) => point.hi80),
  };
}
const elapsed = performance.now() - started;
mkdirSync(path.dirname(path.resolve(options.out)), { recursive: true });
writeFileSync(options.out, JSON.stringify(forecasts));
console.log(JSON.stringify({ bench: "m4", series: lines.length, refused, msPerSeries: +(elapsed / Math.max(1, lines.length)).toFixed(2) }));
