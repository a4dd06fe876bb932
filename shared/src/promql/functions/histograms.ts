/** histogram_* functions over instant vectors, native and classic. */
import { seriesKey, type Labels } from "../../model/labels.ts";
import type { Call } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";
import { workOn } from "../evaluation/made-histograms.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { type Column, FLOAT, HISTOGRAM, isEmpty, newColumn, putFloat, type Steps, timeOf } from "../evaluation/steps.ts";
import { classicFraction, classicQuantile, type ClassicBucket, normalise } from "../histogram/classic.ts";
import { histogramFraction, histogramQuantile, histogramVariance, holdsNaN } from "../histogram/statistics.ts";
import { formatFloatShort } from "../json/float-format.ts";
import type { NativeHistogram } from "../../model/histogram.ts";
import { readFloat } from "../../template/go-number.ts";
import { ofMetric } from "./window-notes.ts";

const OF_COUNTS: Readonly<Record<string, (h: NativeHistogram) => number>> = {
  histogram_count: (h) => h.count,
  histogram_sum: (h) => h.sum,
  histogram_avg: (h) => h.sum / h.count,
};
const OF_BUCKETS: Readonly<Record<string, (h: NativeHistogram) => number>> = {
  histogram_stdvar: histogramVariance,
  histogram_stddev: (h) => Math.sqrt(histogramVariance(h)),
};

/** Functions of each native histogram by itself; floats are passed over. Undefined where there is no such function. */
export function* histogramStatistic(func: string, columns: readonly Column[], count: number, pace: Pace): Stepwise<Column[] | undefined> {
  const ofBuckets = OF_BUCKETS[func];
  const fn = ofBuckets ?? OF_COUNTS[func];
  if (fn === undefined) return undefined;
  const found: Column[] = [];
  for (const column of columns) {
    if (pace.spend(SERIES_NS)) yield;
    const out = newColumn(column.labels, count, true);
    for (let step = 0; step < count; step++) {
      const h = column.histograms?.[step];
      if (column.kinds[step] !== HISTOGRAM || h === undefined) continue;
      if (ofBuckets !== undefined && pace.spend(workOn(h) * PASSES)) yield;
      putFloat(out, step, fn(h));
    }
    if (!isEmpty(out)) found.push(out);
  }
  return found;
}

export function parseBound(text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : readFloat(text);
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

interface Classic {
  readonly labels: Labels;
  readonly bounds: { readonly upper: number; readonly column: Column }[];
  native: Column | undefined;
}

type Estimate = {
  /** What to say when the histogram holds NaN observations. */
  readonly nanNote: (value: number, step: number) => string | undefined;
  readonly native: (h: NativeHistogram, step: number) => number;
  readonly classic: (buckets: ClassicBucket[], step: number) => number;
};

/** What is estimated of a native histogram spells its buckets out first, twice. */
const PASSES = 4;
/** A bucket of a classic one at a step. */
const BUCKET_NS = 40;

function* estimate(
  call: Call,
  columns: readonly Column[],
  steps: Steps,
  notes: Annotations,
  by: Estimate,
  forcedNote: boolean,
  pace: Pace,
): Stepwise<Column[]> {
  const { count } = steps;
  const span = call.args.at(-1)?.span ?? call.span;
  const groups = new Map<string, Classic>();
  const groupOf = (labels: Labels): Classic => {
    const key = seriesKey(labels);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { labels, bounds: [], native: undefined }));
    return group;
  };
  for (const column of columns) {
    if (pace.spend(SERIES_NS)) yield;
    if (column.histograms !== undefined) groupOf(column.labels).native = column;
    if (!column.kinds.includes(FLOAT)) continue;
    const upper = parseBound(column.labels["le"]);
    if (upper === undefined) {
      notes.warn(
        `bucket label "le" is missing or has a malformed value of ${JSON.stringify(column.labels["le"] ?? "")}${ofMetric(column.labels)}`,
        span,
      );
      continue;
    }
    const labels: Record<string, string> = { ...column.labels };
    delete labels["le"];
    groupOf(labels).bounds.push({ upper, column });
  }
  const out: Column[] = [];
  for (const group of groups.values()) {
    const target = newColumn(group.labels, count, true);
    for (let step = 0; step < count; step++) {
      const h = group.native?.kinds[step] === HISTOGRAM ? group.native.histograms?.[step] : undefined;
      const buckets: ClassicBucket[] = [];
      for (const { upper, column } of group.bounds) {
        if (column.kinds[step] === FLOAT) buckets.push({ upper, count: column.values[step] ?? 0 });
      }
      if (h !== undefined && buckets.length > 0) {
        notes.warn(`vector contains a mix of classic and native histograms${ofMetric(group.labels)}`, span);
      } else if (h !== undefined) {
        if (pace.spend(workOn(h) * PASSES)) yield;
        const value = by.native(h, step);
        const nan = holdsNaN(h) ? by.nanNote(value, step) : undefined;
        if (nan !== undefined) notes.info(`${nan}${ofMetric(group.labels)}`, span);
        putFloat(target, step, value);
      } else if (buckets.length > 0) {
        const normal = normalise(buckets);
        const at = timeOf(steps, step);
        if (normal.forced !== null && forcedNote)
          notes.forced(
            `input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${ofMetric(group.labels)}`,
            span,
            { ...normal.forced, samples: 1, fromMs: at, toMs: at },
          );
        putFloat(target, step, by.classic(normal.buckets, step));
      }
    }
    if (!isEmpty(target)) out.push(target);
    if (pace.spend(SERIES_NS + count * group.bounds.length * BUCKET_NS)) yield;
  }
  return out;
}

const isQuantile = (q = NaN): boolean => q >= 0 && q <= 1;

export function* quantiles(
  call: Call,
  columns: readonly Column[],
  q: Float64Array,
  qIndex: number,
  steps: Steps,
  notes: Annotations,
  pace: Pace,
): Stepwise<Column[]> {
  for (const value of q) {
    if (!isQuantile(value))
      notes.warn(`quantile value should be between 0 and 1, got ${formatFloatShort(value)}`, call.args[qIndex]?.span ?? call.span);
  }
  return yield* estimate(
    call,
    columns,
    steps,
    notes,
    {
      nanNote: (value, step) =>
        isQuantile(q[step])
          ? `input to histogram_quantile has NaN observations, result is ${value !== value ? "NaN" : "skewed higher"}`
          : undefined,
      native: (h, step) => histogramQuantile(q[step] ?? NaN, h),
      classic: (buckets, step) => classicQuantile(q[step] ?? NaN, buckets),
    },
    true,
    pace,
  );
}

export function* fractions(
  call: Call,
  columns: readonly Column[],
  lower: Float64Array,
  upper: Float64Array,
  steps: Steps,
  notes: Annotations,
  pace: Pace,
): Stepwise<Column[]> {
  return yield* estimate(
    call,
    columns,
    steps,
    notes,
    {
      nanNote: (_value, step) =>
        (lower[step] ?? NaN) < (upper[step] ?? NaN)
          ? "input to histogram_fraction has NaN observations, which are excluded from all fractions"
          : undefined,
      native: (h, step) => histogramFraction(lower[step] ?? NaN, upper[step] ?? NaN, h),
      classic: (buckets, step) => classicFraction(lower[step] ?? NaN, upper[step] ?? NaN, buckets),
    },
    false,
    pace,
  );
}
