/**
 * The forecaster on the hourly series of the M4 competition: reads DIR/Hourly-train.csv alone and writes
 * `{"H1": {"mean", "lo95", "hi95", "lo80", "hi80"}, …}` with 48 values each. With --earlier K the last K times 48 values of
 * every history are hidden and the 48 that follow the rest are scored against them: a check that nothing was fitted to one
 * window. Usage: node tests/bench/m4.ts --data DIR [--out FILE] [--earlier K] [--every N (a subset)]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { forecast } from "@sightline/shared/forecast/forecast";
import { m4Score, type ScoredForecast } from "./m4-score.ts";

const HOUR = 3_600_000;
const AHEAD = 48;
const BANDS = ["mean", "lo95", "hi95", "lo80", "hi80"] as const;

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    earlier: { type: "string", default: "0" },
    every: { type: "string", default: "1" },
  },
});
const earlier = Number(options.earlier) * AHEAD;
if (options.data === undefined || (options.out === undefined && earlier === 0)) {
  console.error("usage: npm run bench:m4 -- --data DIR --out FILE, or --data DIR --earlier 1");
  process.exit(2);
}
const [, ...all] = readFileSync(path.join(options.data, "Hourly-train.csv"), "utf8").trim().split("\n");
const lines = all.filter((_, i) => i % Number(options.every) === 0);
const forecasts: Record<string, Record<(typeof BANDS)[number], number[]>> = {};
const scored: ScoredForecast[] = [];
const started = performance.now();
const cpu = process.cpuUsage();
let refused = 0;
for (const line of lines) {
  const [id = "", ...cells] = line
    .trim()
    .split(",")
    .map((cell) => cell.replaceAll('"', ""));
  const whole = cells.filter((cell) => cell !== "" && cell !== "NA").map(Number);
  const history = whole.slice(0, whole.length - earlier);
  const answer = forecast({ timestamps: history.map((_, i) => i * HOUR), values: history, horizonMs: AHEAD * HOUR });
  const flat = (): number[] => Array.from({ length: AHEAD }, () => history.at(-1) ?? 0);
  const of = (band: (typeof BANDS)[number]): number[] => ("refused" in answer ? flat() : answer.points.map((point) => point[band]));
  if ("refused" in answer) refused++;
  const bands = { mean: of("mean"), lo95: of("lo95"), hi95: of("hi95"), lo80: of("lo80"), hi80: of("hi80") };
  forecasts[id] = bands;
  if (earlier > 0) scored.push({ history, actual: whole.slice(history.length, history.length + AHEAD), ...bands });
}
const elapsed = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
if (options.out !== undefined) {
  mkdirSync(path.dirname(path.resolve(options.out)), { recursive: true });
  writeFileSync(options.out, JSON.stringify(forecasts));
}
console.log(
  JSON.stringify({
    bench: "m4",
    series: lines.length,
    refused,
    msPerSeries: +(elapsed / Math.max(1, lines.length)).toFixed(2),
    cpuMsPerSeries: +((user + system) / 1000 / Math.max(1, lines.length)).toFixed(2),
    ...(earlier > 0 ? { windowsEarlier: earlier / AHEAD, ...m4Score(scored) } : {}),
  }),
);
