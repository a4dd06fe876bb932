/** Forecasts of what fills up against futures that are known, and what-ifs against a queue that is simulated. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { expectedUsage, fitGrowth, timeToReach } from "@sightline/shared/capacity/saturation";
import type { Scenario } from "@sightline/shared/model/capacity";
import { trend } from "@sightline/shared/trend/trend";
import { randomSource } from "./anomaly-generator.ts";
import type { BenchOptions } from "./bench-options.ts";
import { GROWTH_SHAPES, growthCase } from "./capacity-generator.ts";
import { simulateQueue } from "./queueing-simulation.ts";
import { report } from "./report.ts";

const SEED = 20_261;
const SERIES_OF_A_SHAPE = 60;
const HOUR = 3_600_000;
const M4 = path.resolve(import.meta.dirname, "../../../shared/datasets/m4-hourly");

const precise = (value: number): number => Number(value.toPrecision(4));

export async function capacity({ quick }: BenchOptions): Promise<void> {
  saturationTimes(quick ? 10 : SERIES_OF_A_SHAPE);
  if (existsSync(M4)) realGrowth();
  whatIfs();
  await Promise.resolve();
}

/** Times to saturation: how many lie in their 95% interval, and how far the use of the next quarter of the history is off. */
function saturationTimes(series: number): void {
  let all = 0;
  let allInside = 0;
  const started = performance.now();
  for (const shape of GROWTH_SHAPES) {
    let inside = 0;
    let early = 0;
    let late = 0;
    let open = 0;
    let off = 0;
    let sum = 0;
    const errors: number[] = [];
    for (let k = 0; k < series; k++) {
      const one = growthCase(shape, SEED + k);
      const fitted = fitGrowth(one);
      if ("refused" in fitted) throw new Error(fitted.refused.reason);
      const { inMs, lowerMs, upperMs, horizonMs } = timeToReach(fitted, one.limit, randomSource(k));
      const truth = one.reachedAfter === null ? Infinity : one.reachedAfter * one.stepMs;
      if (truth < (lowerMs ?? horizonMs)) early++;
      else if (truth > (upperMs ?? Infinity)) late++;
      else inside++;
      if (upperMs === null) open++;
      if (inMs !== null && Number.isFinite(truth)) errors.push(Math.abs(inMs - truth) / truth);
      const ahead = Math.floor(one.values.length / 4);
      for (const [h, value] of expectedUsage(fitted, ahead).entries()) {
        off += Math.abs(value - one.future[h]!);
        sum += Math.abs(one.future[h]!);
      }
    }
    all += series;
    allInside += inside;
    errors.sort((a, b) => a - b);
    report("capacity", {
      shape,
      series,
      inside95: precise(inside / series),
      earlier: early,
      later: late,
      withoutEnd: open,
      medianError: precise(errors[errors.length >> 1] ?? Number.NaN),
      accuracy: precise(1 - off / sum),
    });
  }
  report("capacity", {
    saturation: "all",
    seed: SEED,
    series: all,
    inside95: precise(allInside / all),
    msPerSeries: precise((performance.now() - started) / all),
  });
}

function columns(name: string): Map<string, number[]> {
  const [, ...lines] = readFileSync(path.join(M4, name), "utf8").trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [id = "", ...cells] = line
        .trim()
        .split(",")
        .map((cell) => cell.replaceAll('"', ""));
      return [id, cells.filter((cell) => cell !== "" && cell !== "NA").map(Number)];
    }),
  );
}

/** Real series that grow (by 10% or more, a trend that explains a quarter or more): the 48 hours held back. */
function realGrowth(): void {
  const test = columns("Hourly-test.csv");
  const accuracies: number[] = [];
  for (const [id, values] of columns("Hourly-train.csv")) {
    const timestamps = values.map((_, i) => i * HOUR);
    const found = trend({ timestamps, values });
    if ("refused" in found || found.direction !== "rising" || found.strength < 0.25) continue;
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    if (found.slope.perHour.value * values.length < 0.1 * mean) continue;
    const fitted = fitGrowth({ timestamps, values });
    const truth = test.get(id) ?? [];
    if ("refused" in fitted) continue;
    let off = 0;
    let sum = 0;
    for (const [h, value] of expectedUsage(fitted, truth.length).entries()) {
      off += Math.abs(value - truth[h]!);
      sum += Math.abs(truth[h]!);
    }
    accuracies.push(1 - off / sum);
  }
  accuracies.sort((a, b) => a - b);
  const mean = accuracies.reduce((sum, value) => sum + value / accuracies.length, 0);
  report("capacity", {
    real: "M4 hourly, held back",
    series: accuracies.length,
    accuracy: precise(mean),
    median: precise(accuracies[accuracies.length >> 1] ?? 0),
    worst: precise(accuracies[0] ?? 0),
  });
}

/** Two days of a daily wave on 4 CPUs a host; what is predicted for another demand or number of hosts against a run of it. */
function whatIfs(): void {
  const hosts = 4;
  const shape = { servers: 4, work: 0.05, seconds: 2 * 86_400, every: 600 };
  const rate = (second: number): number => 26 + 14 * Math.sin((2 * Math.PI * second) / 86_400 - Math.PI / 2);
  const seen = simulateQueue(rate, shape, randomSource(SEED));
  const timestamps = Array.from(seen.busy, (_, i) => i * shape.every * 1000);
  const demand = { timestamps, values: Array.from(seen.rate, (value) => value * hosts) };
  const scenarios: readonly Scenario[] = [
    { traffic: 0.5 },
    { traffic: 1.3 },
    { traffic: 1.6 },
    { hosts: -1 },
    { hosts: 2 },
    { traffic: 1.5, hosts: 1 },
  ];
  const resource = { kind: "cpu", name: "cpu", labels: {}, query: "", unit: "ratio", limit: 0.9, servers: shape.servers } as const;
  for (const scenario of scenarios) {
    const judged = judgeResource({
      resource,
      history: { timestamps, values: seen.busy },
      demand,
      scenario,
      hosts,
      random: randomSource(1),
    });
    const outcome = judged === null || "refused" in judged ? undefined : judged.scenario;
    if (judged === null || outcome === undefined || "refused" in outcome) throw new Error("the scenario was refused");
    const factor = ((scenario.traffic ?? 1) * hosts) / (hosts + (scenario.hosts ?? 0));
    const run = simulateQueue((second) => factor * rate(second), shape, randomSource(SEED + 1));
    // The busiest hour: a peak of one interval is mostly chance.
    const peakOf = (values: Float64Array): number =>
      Float64Array.from(values)
        .sort()
        .slice(-12)
        .reduce((sum, value) => sum + value / 12, 0);
    const peak = run.busy.reduce((most, value) => Math.max(most, value), 0);
    const longer = peakOf(run.response) / peakOf(seen.response);
    report("capacity", {
      scenario: JSON.stringify(scenario),
      peakPredicted: precise(outcome.peak),
      peakSimulated: precise(peak),
      peakError: precise(Math.abs(outcome.peak - peak) / peak),
      responsePredicted: outcome.responseFactor === null || outcome.responseFactor === undefined ? null : precise(outcome.responseFactor),
      responseSimulated: precise(longer),
    });
  }
}
