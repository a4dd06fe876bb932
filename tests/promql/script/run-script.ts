/** Runs a script's commands against the engine and says what each evaluation did wrong. */
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { formatLabels, seriesKey } from "@sightline/shared/model/labels";
import type { MatrixSeries, QueryParams, QueryResult } from "@sightline/shared/promql/api";
import type { Expr } from "@sightline/shared/promql/ast";
import { compareLabels } from "@sightline/shared/promql/evaluation/label-order";
import { evaluate, parseQuery, typeOf } from "@sightline/shared/promql/engine";
import { bucketsOf, compact } from "@sightline/shared/promql/histogram/buckets";
import { formatHistogram } from "@sightline/shared/promql/json/histogram-text";
import type { Evaluation, Expectation } from "./parse-script.ts";
import { fixedAt, otherTimes } from "./fixed-at.ts";
import { parseScript } from "./parse-script.ts";
import type { Point } from "@sightline/shared/promql/notation/points";
import { ScriptStorage } from "./storage.ts";

export interface ScriptReport {
  readonly total: number;
  readonly passed: number;
  readonly failures: readonly string[];
}

/** Relative tolerance of values, as in Prometheus's runner. */
const TOLERANCE = 1e-6;

function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (a === b) return true;
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || Math.abs(a) + Math.abs(b) < 2.3e-308) return difference < TOLERANCE * 2.3e-308;
  return difference / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < TOLERANCE;
}

const textOf = (point: Point): string =>
  point === undefined ? "nothing" : typeof point !== "object" ? String(point) : formatHistogram(point);

function sameHistogram(expected: NativeHistogram, actual: NativeHistogram, hinted: boolean): boolean {
  if (expected.schema !== actual.schema || !almostEqual(expected.count, actual.count) || !almostEqual(expected.sum, actual.sum))
    return false;
  if (expected.zeroThreshold !== actual.zeroThreshold || !almostEqual(expected.zeroCount, actual.zeroCount)) return false;
  const bounds = [expected.customValues ?? [], actual.customValues ?? []] as const;
  if (bounds[0].length !== bounds[1].length || bounds[0].some((bound, i) => bound !== bounds[1][i])) return false;
  if ((hinted || expected.counterResetHint !== "unknown") && expected.counterResetHint !== actual.counterResetHint) return false;
  const sides = [
    ["positiveSpans", "positiveBuckets"],
    ["negativeSpans", "negativeBuckets"],
  ] as const;
  return sides.every(([spans, buckets]) => {
    const a = compact(bucketsOf(expected[spans], expected[buckets]));
    const b = compact(bucketsOf(actual[spans], actual[buckets]));
    return JSON.stringify(a.spans) === JSON.stringify(b.spans) && a.counts.every((count, i) => almostEqual(count, b.counts[i] ?? NaN));
  });
}

function samePoint(expected: Point, actual: Point, hinted = false): boolean {
  if (typeof expected === "number" && typeof actual === "number") return almostEqual(expected, actual);
  if (typeof expected === "object" && typeof actual === "object") return sameHistogram(expected, actual, hinted);
  return expected === undefined && actual === undefined;
}

/** Series of a matrix are in the order of their labels. */
function orderOf(series: readonly MatrixSeries[]): string | undefined {
  const at = series.findIndex(({ labels }, i) => i > 0 && compareLabels(series[i - 1]?.labels ?? {}, labels) > 0);
  return at === -1 ? undefined : `${formatLabels(series[at]?.labels ?? {})} is not in its place among the series`;
}

/** Compares the points of expected series at start + i·step with those of a matrix. */
function compareMatrix(evaluation: Evaluation, series: readonly MatrixSeries[], startMs: number, stepMs: number): string | undefined {
  const unordered = orderOf(series);
  if (unordered !== undefined) return unordered;
  const actual = new Map(series.map((one) => [seriesKey(one.labels), one]));
  for (const expected of evaluation.series) {
    const found = actual.get(seriesKey(expected.labels));
    const points = new Map<number, Point>();
    found?.timestamps.forEach((t, i) => points.set(t, found.histograms?.[i] ?? found.values[i]));
    actual.delete(seriesKey(expected.labels));
    for (const [i, point] of expected.points.entries()) {
      const t = startMs + i * stepMs;
      if (!samePoint(point, points.get(t), evaluation.hinted.has(expected)))
        return `${formatLabels(expected.labels)} at ${t} ms: expected ${textOf(point)}, got ${textOf(points.get(t))}`;
      points.delete(t);
    }
    if (points.size > 0) return `${formatLabels(expected.labels)}: unexpected points at ${[...points.keys()].join(", ")} ms`;
  }
  for (const extra of actual.values()) return `unexpected series ${formatLabels(extra.labels)}`;
  return undefined;
}

function compareInstant(evaluation: Evaluation, { value }: QueryResult): string | undefined {
  if (evaluation.text !== undefined) {
    return value.type === "string" && value.value === evaluation.text
      ? undefined
      : `expected the string ${JSON.stringify(evaluation.text)}, got ${JSON.stringify(value)}`;
  }
  if (value.type === "string") return "unexpected string";
  if (value.type === "scalar")
    return samePoint(evaluation.scalar, value.value) ? undefined : `expected ${textOf(evaluation.scalar)}, got ${value.value}`;
  if (value.type === "matrix") {
    const { range } = evaluation;
    if (range === undefined) return "a range vector was not expected";
    return compareMatrix(evaluation, value.series, range.startMs, range.stepMs);
  }
  if (evaluation.scalar !== undefined) return "expected a scalar, got a vector";
  const expected = new Map(
    evaluation.series.map((series, i) => [seriesKey(series.labels), { point: series.points[0], i, hinted: evaluation.hinted.has(series) }]),
  );
  for (const [i, sample] of value.samples.entries()) {
    const key = seriesKey(sample.labels);
    const wanted = expected.get(key);
    if (wanted === undefined) return `unexpected sample ${formatLabels(sample.labels)}`;
    if (evaluation.ordered && wanted.i !== i) return `${formatLabels(sample.labels)} is in place ${i + 1}, expected ${wanted.i + 1}`;
    const actual = sample.histogram ?? sample.value;
    if (!samePoint(wanted.point, actual, wanted.hinted))
      return `${formatLabels(sample.labels)}: expected ${textOf(wanted.point)}, got ${textOf(actual)}`;
    expected.delete(key);
  }
  for (const series of evaluation.series)
    if (expected.has(seriesKey(series.labels))) return `missing sample ${formatLabels(series.labels)}`;
  return undefined;
}

function matches(expectation: Expectation, message: string): boolean {
  // Some scripts write a note with its position, some without.
  const bare = message.replace(/, from buckets .* to \S+Z(?= \(|$)/, "");
  const plain = bare.replace(/ \(\d+:\d+\)$/, "");
  const { msg, regex } = expectation;
  if (msg !== undefined) return [message, bare, plain].some((text) => text === msg || JSON.stringify(text) === msg);
  if (regex === undefined) return true;
  const pattern = new RegExp(regex.replace(/^"(.*)"$/, "$1"));
  return pattern.test(message) || pattern.test(plain);
}

function compareNotes(evaluation: Evaluation, result: QueryResult): string | undefined {
  for (const kind of ["warn", "info"] as const) {
    const notes = kind === "warn" ? result.warnings : result.infos;
    const wanted = evaluation.expectations.filter((expectation) => expectation.kind === kind);
    for (const expectation of wanted) {
      if (!notes.some((note) => matches(expectation, note)))
        return `expected ${kind} ${expectation.msg ?? expectation.regex ?? ""}, got ${JSON.stringify(notes)}`;
    }
    if (wanted.some((one) => one.msg !== undefined || one.regex !== undefined)) {
      const extra = notes.find((note) => !wanted.some((expectation) => matches(expectation, note)));
      if (extra !== undefined) return `unexpected ${kind}: ${extra}`;
    }
    if (evaluation.expectations.some((expectation) => expectation.kind === `no_${kind}`) && notes.length > 0)
      return `unexpected ${kind}: ${JSON.stringify(notes)}`;
  }
  return undefined;
}

function runEvaluation(evaluation: Evaluation, storage: ScriptStorage): string | undefined {
  const parsed = parseQuery(evaluation.query, { experimentalFunctions: true });
  if (!parsed.ok) return failed(evaluation, parsed.error.message);
  const expr = parsed.value;
  const { startMs, endMs, stepMs } = evaluation;
  const problem = evaluateAt(evaluation, expr, { startMs, endMs, stepMs }, storage);
  if (problem !== undefined || stepMs > 0 || OF_ITS_TIME.test(evaluation.query)) return problem;
  const fixed = fixedAt(expr, startMs);
  if (fixed === undefined) return undefined;
  for (const t of otherTimes(startMs)) {
    const other = evaluateAt(evaluation, fixed, { startMs: t, endMs: t, stepMs: 0 }, storage);
    if (other !== undefined) return `with @ ${startMs / 1000} at ${t} ms: ${other}`;
  }
  return undefined;
}

/** These mean something else at another time, and in a range. */
const OF_ITS_TIME = /(start|end|range|step)\s*\(\)/i;

function failed(evaluation: Evaluation, message: string): string | undefined {
  const expected = evaluation.expectations.find((expectation) => expectation.kind === "fail");
  if (expected === undefined) return `failed: ${message}`;
  return matches(expected, message)
    ? undefined
    : `failed with ${JSON.stringify(message)}, expected ${JSON.stringify(expected.msg ?? expected.regex)}`;
}

function evaluateAt(evaluation: Evaluation, expr: Expr, params: QueryParams, storage: ScriptStorage): string | undefined {
  const result = evaluate(expr, params, storage.select);
  if (!result.ok) return failed(evaluation, result.error.message);
  if (evaluation.expectations.some(({ kind }) => kind === "fail")) return "expected a failure, got a result";
  const notes = compareNotes(evaluation, result.value);
  if (notes !== undefined) return notes;
  if (params.stepMs > 0) {
    if (result.value.value.type !== "matrix") return "expected a matrix";
    return compareMatrix(evaluation, result.value.value.series, params.startMs, params.stepMs);
  }
  const instant = compareInstant(evaluation, result.value);
  const type = typeOf(expr);
  if (instant !== undefined || evaluation.ordered || type === "string" || type === "matrix" || OF_ITS_TIME.test(evaluation.query))
    return instant;
  return asRange(evaluation, expr, params.startMs, storage);
}

/** The same query as the middle step of a range must give the same at that step. */
function asRange(evaluation: Evaluation, expr: Expr, t: number, storage: ScriptStorage): string | undefined {
  const result = evaluate(expr, { startMs: t - 60_000, endMs: t + 60_000, stepMs: 60_000 }, storage.select);
  if (!result.ok) return `as a range query: ${result.error.message}`;
  const { value } = result.value;
  if (value.type !== "matrix") return "as a range query: expected a matrix";
  const unordered = orderOf(value.series);
  if (unordered !== undefined) return `as a range query: ${unordered}`;
  const samples = value.series.flatMap((series) => {
    const i = [...series.timestamps].indexOf(t);
    const histogram = series.histograms?.[i];
    return i === -1 ? [] : [{ labels: series.labels, t, value: series.values[i] ?? 0, ...(histogram === undefined ? {} : { histogram }) }];
  });
  const scalar = typeOf(expr) === "scalar";
  const problem = compareInstant(evaluation, {
    warnings: [],
    infos: [],
    value: scalar ? { type: "scalar", t, value: samples[0]?.value ?? NaN } : { type: "vector", samples },
  });
  return problem === undefined ? undefined : `as a range query: ${problem}`;
}

export function runScript(source: string): ScriptReport {
  let storage = new ScriptStorage();
  const failures: string[] = [];
  let total = 0;
  for (const command of parseScript(source)) {
    if (command.kind === "clear") storage = new ScriptStorage();
    else if (command.kind === "load") {
      storage.load(command.intervalMs, command.series, command.customBuckets);
      storage.loadStarts(command.intervalMs, command.starts, command.series);
    } else {
      total++;
      const problem = runEvaluation(command.evaluation, storage);
      if (problem !== undefined) failures.push(`line ${command.evaluation.line}: ${command.evaluation.query}: ${problem}`);
    }
  }
  return { total, passed: total - failures.length, failures };
}
