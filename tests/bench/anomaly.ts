/**
 * The base tier on constructed series with known truth: precision, recall and delay by kind, false alarms a series-day, microseconds and
 * bytes a series. JSON lines. Usage: node tests/bench/anomaly.ts [--series N] [--step SECONDS]
 */
import { parseArgs } from "node:util";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { BYTES_PER_SERIES } from "@sightline/shared/anomaly/layout";
import { KINDS, SHAPES, construct } from "./anomaly-generator.ts";

const { values: options } = parseArgs({
  options: { series: { type: "string" }, step: { type: "string" } },
  allowPositionals: true,
  strict: false,
});
const repeats = Math.max(1, Math.round(Number(options.series ?? 280) / (SHAPES.length * (KINDS.length + 1))));
const stepMs = Number(options.step ?? 300) * 1000;
const days = stepMs < 60_000 ? 1 : 14;

const bank = createDetectorBank();
let points = 0;
let elapsed = 0;
const clean = { bench: "anomaly", what: "clean", series: 0, points: 0, falseAlarms: 0 };
const cleanByShape: Record<string, number> = {};

for (const kind of [null, ...KINDS]) {
  let found = 0;
  let series = 0;
  let named = 0;
  let falseAlarms = 0;
  let delay = 0;
  const missed: Record<string, number> = {};
  for (const shape of SHAPES) {
    if (kind === "seasonal_break" && shape !== "day" && shape !== "week") continue;
    if (kind === "flatline" && shape === "counts") continue;
    if (kind === "dip" && (shape === "host" || shape === "bursts")) continue;
    for (let seed = 1; seed <= repeats; seed++) {
      const { times, values, truth } = construct(shape, kind, seed * 101 + shape.length, stepMs, days);
      const slot = bank.add();
      let hit = -1;
      const started = performance.now();
      for (let i = 0; i < values.length; i++) {
        if (bank.observe(slot, times[i] ?? 0, values[i] ?? 0) < 0.5) continue;
        if (truth !== null && i >= truth.start) {
          if (hit < 0 && i <= truth.end) {
            hit = i;
            if (bank.judgement(slot)?.kind === kind) named++;
          }
        } else {
          falseAlarms++;
          if (kind === null) cleanByShape[shape] = (cleanByShape[shape] ?? 0) + 1;
        }
      }
      elapsed += performance.now() - started;
      points += values.length;
      bank.remove(slot);
      series++;
      if (truth === null) {
        clean.points += values.length;
        continue;
      }
      if (hit >= 0) {
        found++;
        delay += hit - truth.start;
      } else missed[shape] = (missed[shape] ?? 0) + 1;
    }
  }
  if (kind === null) {
    clean.series = series;
    clean.falseAlarms = falseAlarms;
    console.log(
      JSON.stringify({
        ...clean,
        falsePointShare: +(falseAlarms / clean.points).toExponential(2),
        perSeriesDay: +(falseAlarms / (series * days)).toFixed(4),
        byShape: cleanByShape,
      }),
    );
    continue;
  }
  console.log(
    JSON.stringify({
      bench: "anomaly",
      kind,
      series,
      recall: +(found / series).toFixed(3),
      precision: +(found / Math.max(1, found + falseAlarms)).toFixed(3),
      rightlyNamed: +(named / Math.max(1, found)).toFixed(3),
      meanDelaySteps: +(delay / Math.max(1, found)).toFixed(1),
      missed,
    }),
  );
}
console.log(
  JSON.stringify({ bench: "anomaly", what: "cost", usPerPoint: +((1000 * elapsed) / points).toFixed(3), bytesPerSeries: BYTES_PER_SERIES }),
);
