/**
 * What evaluation costs at ingest, in this process: default rules, SLI counters and the base anomaly tier over the values of the reference
 * load, a scrape every 15 s. Prints ns a sample (median and best scrape: the former feels other processes), bytes a series, and what the snapshot takes to write, keep and read.
 * Usage: npm run bench -- evaluation
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type BaseTier, baseTierInTypeScript } from "@sightline/shared/anomaly/base-tier";
import type { Labels } from "@sightline/shared/model/labels";
import { compileBaseTier } from "../../scripts/build-kernel.mjs";
import { createBaseTier } from "../../worker/src/kernel/wasm-base-tier.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import type { Evaluation } from "../../worker/src/rules/api.ts";
import { defaultRuleGroups } from "../../worker/src/rules/default-rules.ts";
import { randomSource } from "./anomaly-generator.ts";
import { METRICS } from "../support/reference-load.ts";
import { quantile, report, round } from "./report.ts";

const module = await compileBaseTier();
const START = 1_700_000_000_000;
const SPACING_MS = 15_000;

/** The value after `value` of the kind of series at that place in `METRICS`, as the reference load generator moves it. */
function next(kind: number, value: number, random: () => number): number {
  if (kind <= 2) return value + Math.floor(random() * 500);
  if (kind === 3) return Math.round((value + random() * 3) * 1000) / 1000;
  if (kind === 6) return Math.max(1, value + Math.floor((random() - 0.5) * 5));
  if (kind === 7) return Math.round(Math.max(0, (value % 32) + (random() - 0.5)) * 100) / 100;
  return kind === 9 ? value : Math.max(0, value + Math.floor((random() - 0.5) * 8192) * 4096);
}

const labelsOf = (i: number): Labels => ({
  __name__: METRICS[i % 10] ?? "",
  env: "production",
  handler: `/api/v1/items/${i % 7}`,
  instance: `10.0.${Math.floor(i / 200) >> 8}.${Math.floor(i / 200) & 255}:9100`,
  job: `job-${Math.floor(i / 200) % 5}`,
  method: ["GET", "POST", "PUT"][i % 3] ?? "",
  shard: `s${i % 200}`,
});

/** Every series once a scrape; gives the columns of each scrape in turn. */
function* scrapes(series: number, count: number): Generator<{ t: number; values: Float64Array }> {
  const random = randomSource(1);
  const values = Float64Array.from({ length: series }, (_, i) => (i % 10 === 9 ? 1 : Math.floor(random() * 1e6)));
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < series; i++) values[i] = next(i % 10, values[i] ?? 0, random);
    yield { t: START + k * SPACING_MS, values };
  }
}

/** `tier`: the kernel's, as a shard has it, whose memory Node does not count; or the twin's, which keeps the same bytes and is counted. */
function opened(series: number, tier = createBaseTier(module)): Evaluation {
  const evaluation = createEvaluation({ select: () => [], labelsOf, synthetic: () => [], baseTier: () => tier });
  evaluation.configure({ version: 1, groups: defaultRuleGroups(), slos: [] }, START);
  for (let i = 0; i < series; i++) evaluation.addSeries(i, { type: "unknown", unit: "", help: "" });
  return evaluation;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const heldBytes = (): number => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Process CPU, ms: what other processes do at the time does not count. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function fed(series: number, count: number, tier?: BaseTier): { evaluation: Evaluation; nsPerSample: readonly number[]; bytes: number } {
  const before = heldBytes();
  const evaluation = opened(series, tier);
  const refs = Int32Array.from({ length: series }, (_, i) => i);
  const times = new Float64Array(series);
  const verdicts = new Uint8Array(series);
  const took: number[] = [];
  for (const { t, values } of scrapes(series, count)) {
    times.fill(t);
    const started = performance.now();
    evaluation.observeColumns(refs, times, values, verdicts, series);
    evaluation.finish(t);
    took.push(((performance.now() - started) * 1e6) / series);
  }
  return { evaluation, nsPerSample: took.slice(10), bytes: heldBytes() - before };
}

export async function evaluation(): Promise<void> {
  const first = fed(10_000, 100);
  const twin = fed(10_000, 100, baseTierInTypeScript);
  report("evaluation", {
    series: 10_000,
    scrapes: 100,
    nsPerSampleMedian: Math.round(quantile(first.nsPerSample, 0.5)),
    nsPerSampleBest: Math.round(Math.min(...first.nsPerSample)),
    bytesPerSeries: Math.round(twin.bytes / 10_000),
  });
  for (const scrapeCount of [100, 2000]) {
    const { evaluation: small } = fed(1000, scrapeCount);
    const parts: Uint8Array[] = [];
    const saveMs = cpuMs(() => {
      for (let part = 0, { count } = small.snapshots; part < count; part++) parts.push(small.snapshots.write(part).slice());
    });
    const again = opened(1000);
    const restoreMs = cpuMs(() => again.restore(parts, []));
    report("evaluation", {
      series: 1000,
      scrapes: scrapeCount,
      snapshotBytesPerSeries: Math.round(parts.reduce((sum, part) => sum + part.length, 0) / 1000),
      saveMs: round(saveMs),
      restoreMs: round(restoreMs),
    });
  }
}
