/**
 * A query in steps of work, so that whoever evaluates it can let others go first in between. A range query is evaluated some
 * of its steps at a time, so that only their values are in memory: a result at a step depends on no other step.
 */
import { joinForced } from "./evaluation/forced-monotonicity.ts";
import type { NativeHistogram } from "../model/histogram.ts";
import { type Labels, seriesKey } from "../model/labels.ts";
import { type Result, fail, ok } from "../model/result.ts";
import type { SelectedSeries } from "../model/sample.ts";
import type { MatrixSeries, QueryParams, QueryResult, SelectRequest } from "./api.ts";
import type { Expr } from "./ast.ts";
import { evaluateStepwise, selectRequests } from "./engine.ts";
import { KeptReads, SAMPLE_BYTES, samplesIn } from "./evaluation/kept-reads.ts";
import { sortByLabels } from "./evaluation/label-order.ts";
import { finish, Pace, SERIES_NS, type Stepwise } from "./evaluation/pace.ts";
import { bytesOfHistograms, QueryMemory } from "./evaluation/query-memory.ts";
import { resolveTimes } from "./evaluation/resolve.ts";
import { stepCount } from "./evaluation/steps.ts";
import { mostStepsWithin } from "./evaluation/subquery-size.ts";
import { QueryError } from "./failure.ts";

const SLICE_VALUES = 1_000_000;
/** To read a sample from storage. */
const READ_NS = 5;

/** Reads what a request asks for, in steps of work where that may take long. */
export type PacedSelect = (request: SelectRequest, pace: Pace) => readonly SelectedSeries[] | Stepwise<readonly SelectedSeries[]>;

export interface SliceOptions {
  readonly pace?: Pace;
  readonly memory?: QueryMemory;
  /** Values that one selector of a slice may make: its series times the slice's steps. Default a million. */
  readonly sliceValues?: number;
}

/**
 * Yields after each share of work. Everything is read before the first slice, so that samples which arrive meanwhile do
 * not tear the answer. Fails as `evaluate` does.
 */
export function* evaluateInSlices(
  source: Expr,
  params: QueryParams,
  select: PacedSelect,
  { pace = new Pace(), memory = new QueryMemory(params.limits?.maxBytes), sliceValues = SLICE_VALUES }: SliceOptions = {},
): Stepwise<Result<QueryResult>> {
  const count = stepCount(params.startMs, params.endMs, params.stepMs);
  const maxPoints = params.limits?.maxPointsPerSeries ?? Infinity;
  const expr = resolved(source, params);
  // It is refused before anything is read.
  if (expr === null || count - 1 > maxPoints) return yield* evaluateStepwise(source, params, () => [], pace, memory);
  const reads = new KeptReads((request) => finish(readPaced(select, request, pace)));
  try {
    for (const request of selectRequests(expr, params)) {
      const series = yield* readPaced(select, request, pace);
      memory.hold(reads.add(request, series) + series.length * 200);
    }
  } catch (error) {
    if (error instanceof QueryError) return fail(error.code, error.message);
    throw error;
  }
  const { held } = memory;
  const mostSteps = Math.max(1, Math.min(Math.floor(sliceValues / Math.max(1, reads.values)), mostStepsWithin(expr, params, reads.series)));
  if (params.stepMs <= 0 || mostSteps >= count) return yield* evaluateStepwise(expr, params, reads.select, pace, memory);
  const whole = new JoinedSlices(params.limits?.maxSamples ?? Infinity);
  for (let from = 0; from < count; from += mostSteps) {
    const to = Math.min(count, from + mostSteps);
    const startMs = params.startMs + from * params.stepMs;
    const endMs = params.startMs + (to - 1) * params.stepMs;
    const slice = yield* evaluateStepwise(expr, { ...params, startMs, endMs }, reads.select, pace, memory);
    if (!slice.ok) return slice;
    const refusal = yield* whole.add(slice.value, pace);
    if (refusal !== null) return refusal;
    memory.backTo(held + whole.bytes);
  }
  return ok(yield* whole.result(pace));
}

/** What a request asks for, in steps of work. */
export function* readPaced(select: PacedSelect, request: SelectRequest, pace: Pace): Stepwise<readonly SelectedSeries[]> {
  const read = select(request, pace);
  if (isStepwise(read)) return yield* read;
  if (pace.spend(samplesIn(read) * READ_NS)) yield;
  return read;
}

const isStepwise = (read: readonly SelectedSeries[] | Stepwise<readonly SelectedSeries[]>): read is Stepwise<readonly SelectedSeries[]> =>
  !Array.isArray(read);

/** Null when it cannot be settled: evaluation then says why. */
function resolved(expr: Expr, params: QueryParams): Expr | null {
  try {
    return resolveTimes(expr, params);
  } catch (error) {
    if (error instanceof QueryError) return null;
    throw error;
  }
}

/** The series of all slices, each put together from its parts. */
class JoinedSlices {
  readonly #series = new Map<string, { readonly labels: Labels; readonly parts: MatrixSeries[]; length: number; histograms: boolean }>();
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();
  readonly #maxSamples: number;
  #samples = 0;
  #histogramBytes = 0;

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  /** What the parts take. */
  get bytes(): number {
    return this.#samples * SAMPLE_BYTES + this.#histogramBytes + this.#series.size * 400;
  }

  *add({ value, warnings, infos }: QueryResult, pace: Pace): Stepwise<Result<never> | null> {
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
      this.#histogramBytes += bytesOfHistograms(part.histograms ?? []);
      if (pace.spend(SERIES_NS)) yield;
    }
    if (this.#samples <= this.#maxSamples) return null;
    const limit = `the limit maxSamples is ${this.#maxSamples}`;
    return fail("limit", `the result would hold more than ${this.#maxSamples} samples: ${limit}; aggregate, or use a longer step`);
  }

  *result(pace: Pace): Stepwise<QueryResult> {
    const series: MatrixSeries[] = [];
    for (const { labels, parts, length, histograms } of this.#series.values()) {
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
      series.push({ labels, timestamps, values, ...(histograms ? { histograms: all } : {}) });
      if (pace.spend(SERIES_NS + length)) yield;
    }
    const sorted = yield* sortByLabels(series, pace);
    return { value: { type: "matrix", series: sorted }, warnings: [...this.#warnings], infos: joinForced(this.#infos) };
  }
}
