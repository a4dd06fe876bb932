/**
 * A range query a few steps at a time, so that whoever evaluates it can let others go first in between: a result at a
 * step depends on no other step.
 */
import type { NativeHistogram } from "../model/histogram.ts";
import { type Labels, seriesKey } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { SelectedSeries } from "../model/sample.ts";
import type { MatrixSeries, QueryParams, QueryResult, Select, SelectRequest } from "./api.ts";
import type { Expr } from "./ast.ts";
import { evaluate, selectRequests } from "./engine.ts";
import { sortByLabels } from "./evaluation/label-order.ts";
import { resolveTimes } from "./evaluation/resolve.ts";
import { stepCount } from "./evaluation/steps.ts";
import { QueryError } from "./failure.ts";

/** Samples that the first slice may touch, before anything is known about what they cost. */
const FIRST_SLICE_SAMPLES = 200_000;
/** Fewer are read in the time of a slice: to let others go first costs about a ms. */
const LONG_READ_SAMPLES = 2_000_000;
/** Values that one selector of a slice may make: its series times the slice's steps. */
const SLICE_VALUES = 1_000_000;
/** How long a slice should take, ms. */
const SLICE_MS = 25;
/** Every slice looks at every series anew: with more of them that would be most of the work. */
const MOST_SLICES = 100;

/**
 * Yields after reading much and after each slice; `next` takes the ms since the yield before by the caller's clock. Everything
 * is read before the first slice, so that samples which arrive meanwhile do not tear the answer. Fails as `evaluate` does.
 */
export function* evaluateInSlices(source: Expr, params: QueryParams, select: Select): Generator<void, Result<QueryResult>, number> {
  if (params.stepMs <= 0) return evaluate(source, params, select);
  const count = stepCount(params.startMs, params.endMs, params.stepMs);
  const maxPoints = params.limits?.maxPointsPerSeries ?? Infinity;
  const expr = resolved(source, params);
  if (expr === null || count > maxPoints) return evaluate(source, params, select);
  const reads = new KeptReads(selectRequests(expr, params), select);
  const mostSteps = Math.max(1, Math.floor(SLICE_VALUES / Math.max(1, reads.series)));
  let steps = Math.min(mostSteps, Math.ceil(FIRST_SLICE_SAMPLES / Math.max(1, reads.samples / count)));
  if (steps >= count) return evaluate(expr, params, reads.select);
  const whole = new JoinedSlices(params.limits?.maxSamples ?? Infinity);
  // What reading took says nothing of the slices.
  if (reads.samples > LONG_READ_SAMPLES) yield;
  for (let from = 0; from < count;) {
    const to = Math.min(count, from + steps);
    const startMs = params.startMs + from * params.stepMs;
    const slice = evaluate(expr, { ...params, startMs, endMs: params.startMs + (to - 1) * params.stepMs }, reads.select);
    if (!slice.ok) return slice;
    const refusal = whole.add(slice.value);
    if (refusal !== null) return refusal;
    from = to;
    if (from >= count) break;
    const tookMs = yield;
    const wanted = Math.round(steps * Math.min(2, Math.max(0.25, SLICE_MS / Math.max(tookMs, 1))));
    steps = Math.min(mostSteps, Math.max(wanted, Math.ceil(count / MOST_SLICES)));
  }
  return ok(whole.result());
}

/** Null when it cannot be settled: evaluation then says why. */
function resolved(expr: Expr, params: QueryParams): Expr | null {
  try {
    return resolveTimes(expr, params);
  } catch (error) {
    if (error instanceof QueryError) return null;
    throw error;
  }
}

/** What a query reads, read once; each slice gets the part of its times. */
class KeptReads {
  readonly samples: number;
  /** Of the selector that has the most. */
  readonly series: number;
  readonly #reads: readonly { readonly request: SelectRequest; readonly series: readonly SelectedSeries[] }[];
  readonly #source: Select;

  constructor(requests: readonly SelectRequest[], source: Select) {
    this.#source = source;
    this.#reads = requests.map((request) => ({ request, series: source(request) }));
    this.series = Math.max(0, ...this.#reads.map((read) => read.series.length));
    this.samples = this.#reads.reduce((sum, { series }) => sum + series.reduce((all, one) => all + one.timestamps.length, 0), 0);
  }

  readonly select: Select = (request) => {
    const read = this.#reads.find((one) => covers(one.request, request));
    if (read === undefined) return this.#source(request);
    // Series scraped together have their times in common, and so are their parts: what is worked out from times is, too.
    let times: Float64Array | undefined;
    let part: Float64Array = new Float64Array(0);
    let from = 0;
    let to = 0;
    return read.series.flatMap((series) => {
      if (series.timestamps !== times) {
        times = series.timestamps;
        from = firstAfter(times, request.startMs);
        to = firstAfter(times, request.endMs);
        part = times.subarray(from, to);
      }
      if (from === to && series.rollup === undefined) return [];
      return [
        {
          ...series,
          timestamps: part,
          values: series.values.subarray(from, to),
          ...(series.histograms === undefined ? {} : { histograms: series.histograms.slice(from, to) }),
        },
      ];
    });
  };
}

function covers(wide: SelectRequest, narrow: SelectRequest): boolean {
  if (wide.startMs > narrow.startMs || wide.endMs < narrow.endMs) return false;
  const { startMs: _a, endMs: _b, ...left } = wide;
  const { startMs: _c, endMs: _d, ...right } = narrow;
  return JSON.stringify(left) === JSON.stringify(right);
}

function firstAfter(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The series of all slices, each put together from its parts. */
class JoinedSlices {
  readonly #series = new Map<string, { readonly labels: Labels; readonly parts: MatrixSeries[]; length: number; histograms: boolean }>();
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();
  readonly #maxSamples: number;
  #samples = 0;

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  add({ value, warnings, infos }: QueryResult): Result<never> | null {
    for (const warning of warnings) this.#warnings.add(warning);
    for (const info of infos) this.#infos.add(info);
    for (const part of value.type === "matrix" ? value.series : []) {
      const key = seriesKey(part.labels);
      let joined = this.#series.get(key);
      if (joined === undefined) this.#series.set(key, (joined = { labels: part.labels, parts: [], length: 0, histograms: false }));
      joined.parts.push(part);
      joined.length += part.timestamps.length;
      joined.histograms ||= part.histograms !== undefined;
      this.#samples += part.timestamps.length;
    }
    if (this.#samples <= this.#maxSamples) return null;
    const limit = `the limit maxSamples is ${this.#maxSamples}`;
    return fail("limit", `the result would hold more than ${this.#maxSamples} samples: ${limit}; aggregate, or use a longer step`);
  }

  result(): QueryResult {
    const series = [...this.#series.values()].map(({ labels, parts, length, histograms }): MatrixSeries => {
      const timestamps = new Float64Array(length);
      const values = new Float64Array(length);
      const all: (NativeHistogram | undefined)[] = [];
      let at = 0;
      for (const part of parts) {
        timestamps.set(part.timestamps, at);
        values.set(part.values, at);
        if (histograms) for (let i = 0; i < part.timestamps.length; i++) all.push(part.histograms?.[i]);
        at += part.timestamps.length;
      }
      return { labels, timestamps, values, ...(histograms ? { histograms: all } : {}) };
    });
    return { value: { type: "matrix", series: sortByLabels(series) }, warnings: [...this.#warnings], infos: [...this.#infos] };
  }
}
