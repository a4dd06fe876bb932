/** `node tests/promql/benchmark.ts [RUNS [QUERIES THAT START WITH]]`: evaluation alone, over 8 h of samples at 15 s that are already in memory; best of several, ms. */
import type { SelectedSeries } from "@sightline/shared/model/sample";
import type { QueryParams, Select } from "@sightline/shared/promql/api";
import { evaluate, parseQuery } from "@sightline/shared/promql/engine";
import { writeQueryResult } from "@sightline/shared/promql/prometheus-json";
import { matchesLabels } from "@sightline/shared/promql/matchers";

const HOUR = 3_600_000;
const START = 1_700_000_000_000;
const SAMPLES = 1920;

const times = Float64Array.from({ length: SAMPLES }, (_, i) => START + i * 15_000);

/** A counter that sometimes starts again, or a gauge that wanders. */
function samplesOf(seed: number, counter: boolean): Float64Array {
  const values = new Float64Array(SAMPLES);
  let state = seed * 2_654_435_761;
  let value = counter ? 0 : 50;
  for (let i = 0; i < SAMPLES; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const u = state / 2 ** 32;
    if (counter) value = u < 0.0005 ? 0 : value + Math.floor(u * 20);
    else value += u - 0.5;
    values[i] = value;
  }
  return values;
}

const series: SelectedSeries[] = [];
for (let i = 0; i < 500; i++) {
  const job = `job-${i % 10}`;
  series.push({
    labels: { __name__: "http_requests_total", job, instance: `host-${i}:9100`, method: i % 2 === 0 ? "GET" : "POST", zone: "eu" },
    timestamps: times,
    values: samplesOf(i, true),
  });
  series.push({
    labels: {
      __name__: "latency_seconds_bucket",
      job,
      instance: `host-${Math.floor(i / 10)}:9100`,
      le: i % 10 === 9 ? "+Inf" : String(2 ** (i % 10) / 100),
    },
    timestamps: times,
    values: samplesOf(7, true).map((value) => value * (1 + (i % 10))),
  });
  series.push({
    labels: { __name__: "temperature", job, instance: `host-${i}:9100` },
    timestamps: times,
    values: samplesOf(i + 1000, false),
  });
}

const select: Select = (request) => {
  const name = request.matchers.find((matcher) => matcher.name === "__name__");
  const lo = Math.max(0, Math.ceil((request.startMs + 1 - START) / 15_000));
  const hi = Math.min(SAMPLES, Math.floor((request.endMs - START) / 15_000) + 1);
  return series
    .filter((one) => one.labels["__name__"] === name?.value && matchesLabels(request.matchers, one.labels))
    .map((one) => ({ labels: one.labels, timestamps: one.timestamps.subarray(lo, hi), values: one.values.subarray(lo, hi) }));
};

const range: QueryParams = { startMs: START, endMs: START + 8 * HOUR, stepMs: 60_000 };
const now = START + 8 * HOUR - 1;
const instant: QueryParams = { startMs: now, endMs: now, stepMs: 0 };
const one = '{instance="host-7:9100"}';

const queries: readonly (readonly [string, QueryParams])[] = [
  [`http_requests_total${one}`, instant],
  [`rate(http_requests_total${one}[1h])`, range],
  [`quantile_over_time(0.9, temperature${one}[1h])`, range],
  ["sum by (job) (rate(http_requests_total[5m]))", range],
  ["sum by (job) (rate(http_requests_total[5m])) / sum by (job) (rate(http_requests_total[5m]))", range],
  ["max by (job) (max_over_time(temperature[1h]))", range],
  ["avg(avg_over_time(temperature[1h]))", range],
  ["stddev_over_time(temperature[1h])", range],
  ["quantile_over_time(0.9, temperature[1h])", range],
  ["quantile by (job) (0.9, rate(http_requests_total[5m]))", range],
  ["quantile(0.9, rate(http_requests_total[5m]))", range],
  ["histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))", range],
  ["histogram_quantile(0.9, rate(latency_seconds_bucket[5m]))", range],
  ["topk(5, rate(http_requests_total[5m]))", range],
  ["temperature > 50", range],
  ["temperature * on (instance, job) group_left () (temperature > bool 50)", range],
  ["temperature", range],
];

const runs = Number(process.argv[2] ?? 7);
const prefix = process.argv[3] ?? "";
for (const [query, params] of queries) {
  if (!query.startsWith(prefix)) continue;
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.error.message);
  let evaluation = Infinity;
  let writing = Infinity;
  let bytes = 0;
  for (let run = 0; run < runs; run++) {
    const t0 = performance.now();
    const result = evaluate(parsed.value, params, select);
    const t1 = performance.now();
    if (!result.ok) throw new Error(result.error.message);
    bytes = writeQueryResult(result.value).length;
    evaluation = Math.min(evaluation, t1 - t0);
    writing = Math.min(writing, performance.now() - t1);
  }
  console.log(JSON.stringify({ bench: "engine", query, evaluationMs: +evaluation.toFixed(3), jsonMs: +writing.toFixed(3), bytes }));
}
