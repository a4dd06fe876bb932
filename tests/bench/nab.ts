/**
 * The product's ingest-time detector, point by point, over every CSV file (timestamp,value) below DIR; writes the same relative paths with
 * the column anomaly_score added. The detector is told nothing but time and value. The threshold is fixed: 0.3, where a step is suspect.
 * What is written is suspicion: how unlike all it has seen a series is. `--told` writes the score instead, which in the rich tier holds what the
 * tests of change tell as well. Usage: node tests/bench/nab.ts --data DIR --out DIR [--tier rich|base] [--told], or
 * --copies NAB [--tier rich|base] for the scores of perturbed copies of the labelled series (nab-robustness.ts).
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { SUSPECT } from "@sightline/shared/anomaly/alarm-gate";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { robustness } from "./nab-robustness.ts";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string" },
    tier: { type: "string", default: "rich" },
    told: { type: "boolean", default: false },
    copies: { type: "string" },
  },
});
if (options.tier !== "rich" && options.tier !== "base") {
  console.error("--tier is rich or base");
  process.exit(2);
}
if (options.copies !== undefined) {
  console.log(JSON.stringify(robustness(options.copies, options.tier)));
  process.exit(0);
}
if (options.data === undefined || options.out === undefined) {
  console.error("usage: npm run bench:nab -- --data DIR --out DIR, or --copies NAB");
  process.exit(2);
}
const files = readdirSync(options.data, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".csv"))
  .sort();
const bank = createDetectorBank();
let points = 0;
let alarms = 0;
let elapsed = 0;
for (const file of files) {
  const [header = "", ...lines] = readFileSync(path.join(options.data, file), "utf8").trim().split(/\r?\n/);
  const columns = header.split(",").map((name) => name.trim());
  const timeColumn = columns.indexOf("timestamp");
  const valueColumn = columns.indexOf("value");
  if (timeColumn < 0 || valueColumn < 0) {
    console.error(`${file} has no columns timestamp and value; left out`);
    continue;
  }
  const slot = bank.add();
  if (options.tier === "rich") bank.enrich(slot);
  const rows = lines.map((line) => {
    const cells = line.split(",");
    const timestamp = cells[timeColumn]?.trim() ?? "";
    const value = cells[valueColumn]?.trim() ?? "";
    const iso = timestamp.replace(" ", "T");
    return {
      timestamp,
      value,
      ms: Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`),
      number: value === "" ? Number.NaN : Number(value),
    };
  });
  const scores = new Float64Array(rows.length);
  const started = performance.now();
  rows.forEach((row, i) => {
    const score = bank.observe(slot, row.ms, row.number);
    scores[i] = score < 0 || options.told ? score : bank.suspicion(slot);
  });
  elapsed += performance.now() - started;
  let latest = 0;
  const out = ["timestamp,value,anomaly_score"];
  rows.forEach(({ timestamp, value }, i) => {
    const score = scores[i] ?? -1;
    // A point folded into the current step carries that step's score, except that one alarm stays one point.
    latest = score >= 0 ? score : Math.min(latest, SUSPECT - 0.01);
    points++;
    if (score >= SUSPECT) alarms++;
    out.push(`${timestamp},${value},${latest}`);
  });
  const target = path.join(options.out, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `${out.join("\n")}\n`);
  bank.remove(slot);
}
console.log(
  JSON.stringify({
    bench: "nab",
    files: files.length,
    points,
    alarms,
    tier: options.tier,
    score: options.told ? "told" : "suspicion",
    threshold: SUSPECT,
    usPerPoint: +((1000 * elapsed) / Math.max(1, points)).toFixed(2),
  }),
);
