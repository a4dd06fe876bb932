/**
 * Both tiers on constructed series with known truth: precision, recall, names and delay by kind, false alarms a series-day, deploys, the
 * first hour, microseconds and bytes. JSON lines. Usage: node tests/bench/anomaly.ts [--series N] [--step SECONDS] [--full]
 * [--generator own|fleet|mixed] [--tier base|rich] [--threads N] [--nab DIR]. Kinds are computed beside each other, in as many threads as there are cores.
 * `--full`: 500 series of each kind over 14 days, as the figures in docs/analytics/anomalies.md. `--generator`: the second (anomaly-fleet.ts) or the fifth
 * (anomaly-mixed.ts); `--fleet` is the second. `--nab`: NAB's folder, whose points outside the labelled windows are real data in which whatever is told
 * counts as false.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { BYTES_PER_SERIES } from "@sightline/shared/anomaly/layout";
import { RICH_SIZE } from "@sightline/shared/anomaly/rich/layout";
import { ANOMALY_OPTIONS } from "./anomaly-options.ts";
import { KINDS } from "./anomaly-generator.ts";
import { ANOMALOUS, type Event, type Generator, type Job, type KindScore, type Tier, scoreFirstHour } from "./anomaly-kind.ts";
import { unlabelledPoints } from "./anomaly-real.ts";

const { values: options } = parseArgs({
  options: ANOMALY_OPTIONS,
  allowPositionals: true,
  strict: false,
});
const generator: Generator =
  options.generator === "mixed" ? "mixed" : options.fleet === true || options.generator === "fleet" ? "fleet" : "own";
const perKind = options.full === true ? 500 : Number(options.series ?? 35);
const stepMs = Number(options.step ?? 300) * 1000;
const days = stepMs < 60_000 ? 1 : 14;
const threads = Math.max(1, Number(options.threads ?? availableParallelism()));
const EVENTS: readonly Event[] = ["clean", "deploy", ...KINDS];
const tiers = (["base", "rich"] as const).filter((one) => options.tier === undefined || options.tier === one);

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const say = (tier: Tier, line: object): void => console.log(JSON.stringify({ bench: "anomaly", generator, tier, ...line }));

/** Scores of the jobs in their order, each told as soon as those before it are; each thread takes the next that nobody has taken. */
async function scores(jobs: readonly Job[]): Promise<readonly KindScore[]> {
  const done: (KindScore | undefined)[] = jobs.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./anomaly-thread.ts", import.meta.url));
    for (let at = next++; at < jobs.length; at = next++) {
      done[at] = await new Promise<KindScore>((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", (score: KindScore) => {
          worker.removeListener("error", reject);
          resolve(score);
        });
        worker.postMessage(jobs[at], []);
      });
      for (let one = done[told]; one !== undefined; one = done[++told]) {
        const job = jobs[told];
        if (job !== undefined) tell(job.tier, job.event, one);
      }
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
  return done.filter((one) => one !== undefined);
}

function tell(tier: Tier, event: Event, score: KindScore): void {
  const { series, found, falseAlarms, again, whileLearning, missed, falsely, names } = score;
  if (event === "clean" || event === "deploy") {
    const perSeriesDay = round(falseAlarms / (series * days), 4);
    const falsePointShare = Number(((falseAlarms * stepMs) / (series * days * 86_400_000)).toExponential(2));
    say(tier, { what: event, threshold: ANOMALOUS, series, days, falseAlarms, perSeriesDay, falsePointShare, whileLearning, falsely });
    return;
  }
  say(tier, {
    kind: event,
    series,
    recall: round(found / series, 3),
    precision: round(found / Math.max(1, found + falseAlarms), 3),
    precisionOfEach: round(found / Math.max(1, found + falseAlarms + again), 3),
    rightlyNamed: round(score.named / Math.max(1, found), 3),
    meanDelaySteps: round(score.delaySteps / Math.max(1, found), 1),
    missed,
    whileLearning,
    falsely,
    names,
  });
}

const sumOf = (all: readonly KindScore[], of: (score: KindScore) => Record<string, number>): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const score of all) for (const [name, much] of Object.entries(of(score))) sums[name] = (sums[name] ?? 0) + much;
  return sums;
};

for (const tier of tiers) {
  if (typeof options.nab === "string") say(tier, { what: "real", ...unlabelledPoints(options.nab, tier, ANOMALOUS) });
  const all = await scores(EVENTS.map((event) => ({ generator, tier, event, perKind, stepMs, days })));
  const { asked, found, wrong } = scoreFirstHour(tier);
  say(tier, {
    what: "first hour",
    series: asked,
    recall: round(found / asked, 3),
    precision: round(found / Math.max(1, found + wrong), 3),
  });
  const namedAs = sumOf(all, (score) => score.namedAs);
  const right = sumOf(all, (score) => score.rightlyNamedAs);
  const precisionOfNames = Object.fromEntries(Object.entries(namedAs).map(([name, told]) => [name, round((right[name] ?? 0) / told, 3)]));
  say(tier, { what: "names", precisionOfNames });
  const points = all.reduce((sum, score) => sum + score.points, 0);
  const elapsedMs = all.reduce((sum, score) => sum + score.elapsedMs, 0);
  say(tier, {
    what: "cost",
    usPerPoint: round((1000 * elapsedMs) / points, 3),
    bytesPerSeries: BYTES_PER_SERIES + (tier === "rich" ? RICH_SIZE * 8 : 0),
  });
}
