/** Walks a resolved tree and computes each node for all steps at once. */
import type { SelectedSeries } from "../../model/sample.ts";
import { aggregate } from "../aggregate/aggregate.ts";
import type { Aggregate, Binary, Expr, MatrixSelector, Subquery, VectorSelector } from "../ast.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import { combineSets, combineVectors } from "../binary/vectors.ts";
import { combineWithScalars } from "../binary/columns.ts";
import { combineSamples } from "../binary/samples.ts";
import { arithmetic, compares, isComparison, isSetOperator } from "../binary/operators.ts";
import { QueryError } from "../failure.ts";
import { quote } from "../format/quote.ts";
import { hasInvalidUtf8 } from "../parse/literals.ts";
import { callFunction } from "../functions/call.ts";
import type { EvaluationContext } from "../functions/context.ts";
import { floatColumn } from "../functions/float-columns.ts";
import { slideRollup } from "../functions/rollup-windows.ts";
import { scaleHistogram } from "../histogram/arithmetic.ts";
import { selectInstant } from "../select/instant.ts";
import { slide, type WindowFunction } from "../select/window.ts";
import { type WindowBounds, windowBounds } from "../select/window-bounds.ts";
import { withDetectedResets } from "../select/detect-resets.ts";
import { type WindowSeries, windowFromColumn, windowSeries } from "../select/window-series.ts";
import { checkInstantExtension, checkRangeExtension, extendWindow } from "../select/extended.ts";
import type { Annotations } from "./annotations.ts";
import type { MergedReads } from "./merged-requests.ts";
import { lacksSketches, noteRollups } from "./rollup-notes.ts";
import { INSTANT } from "./rollup-terms.ts";
import { isStepInvariant } from "./resolve.ts";
import { ABSENT, type Column, FLOAT, isEmpty, newColumn, putFloat, putHistogram, type Steps, type Value } from "./steps.ts";
import { DEFAULT_LOOKBACK_MS, matrixRequest, readTimes, selectorRequest, subquerySteps } from "./times.ts";

export const DEFAULT_LIMITS = { maxSamples: 5_000_000, maxPointsPerSeries: 11_000 };

const READS_COUNTS = new Set(["histogram_count", "histogram_sum", "histogram_avg"]);
const READS_BUCKETS = new Set(["histogram_quantile", "histogram_quantiles", "histogram_fraction", "histogram_stddev", "histogram_stdvar"]);

export class Evaluator implements EvaluationContext {
  readonly params: QueryParams;
  readonly notes: Annotations;
  private readonly reads: MergedReads;
  private readonly shared: ReadonlyMap<Expr, string>;
  private readonly computed = new Map<string, Value>();
  private samples = 0;
  /** Inside histogram_count, _sum and _avg Prometheus decodes counts only and marks counter resets as it reads. */
  private detectResets = false;

  /** `shared`: nodes that occur again, by their text. */
  constructor(params: QueryParams, reads: MergedReads, notes: Annotations, shared: ReadonlyMap<Expr, string>) {
    this.params = params;
    this.reads = reads;
    this.notes = notes;
    this.shared = shared;
  }

  evaluate(expr: Expr, steps: Steps): Value {
    if (this.params.cancelled?.() === true)
      throw new QueryError("canceled", "the query was canceled before it finished; nothing is returned");
    if (steps.count > 1 && isStepInvariant(expr) && expr.kind !== "number" && expr.kind !== "string") {
      return broadcast(this.evaluateOnce(expr, { startMs: steps.startMs, stepMs: 0, count: 1 }), steps.count);
    }
    return this.evaluateOnce(expr, steps);
  }

  /** Values are not modified by those who use them, so equal expressions over equal steps can have the same. */
  private evaluateOnce(expr: Expr, steps: Steps): Value {
    const text = this.shared.get(expr);
    if (text === undefined) return this.evaluateNode(expr, steps);
    const key = `${this.detectResets ? 1 : 0} ${steps.startMs} ${steps.stepMs} ${steps.count} ${text}`;
    const before = this.computed.get(key);
    if (before !== undefined) return before;
    const said = this.notes.said;
    const value = this.evaluateNode(expr, steps);
    // Annotations name a place in the query: an expression that has something to say says it wherever it stands.
    if (this.notes.said === said) this.computed.set(key, value);
    return value;
  }

  private evaluateNode(expr: Expr, steps: Steps): Value {
    switch (expr.kind) {
      case "number":
        return { type: "scalar", values: new Float64Array(steps.count).fill(expr.value) };
      case "string":
        return { type: "string", value: expr.value };
      case "paren":
        return this.evaluate(expr.expr, steps);
      case "vector_selector":
        return { type: "vector", columns: this.instant(expr, steps) };
      case "matrix_selector":
      case "subquery":
        throw new QueryError("execution", "a range vector cannot be evaluated at steps");
      case "unary":
        return negate(this.evaluate(expr.expr, steps), expr.op);
      case "aggregate":
        return this.aggregate(expr, steps);
      case "binary":
        return this.binary(expr, steps);
      case "call":
        return this.whileDetecting(READS_COUNTS.has(expr.func) || (this.detectResets && !READS_BUCKETS.has(expr.func)), () =>
          callFunction(this, expr, steps),
        );
    }
  }

  scalar(expr: Expr, steps: Steps): Float64Array {
    const value = this.evaluate(expr, steps);
    if (value.type !== "scalar") throw new QueryError("execution", "expected a scalar");
    return value.values;
  }

  vector(expr: Expr, steps: Steps): Column[] {
    const value = this.evaluate(expr, steps);
    if (value.type !== "vector") throw new QueryError("execution", "expected an instant vector");
    return value.columns;
  }

  string(expr: Expr | undefined): string {
    let inner = expr;
    while (inner?.kind === "paren") inner = inner.expr;
    return inner?.kind === "string" ? inner.value : "";
  }

  /** Reads from storage and counts what was touched against the limit. */
  select(request: SelectRequest): readonly SelectedSeries[] {
    const { series: found, fresh } = this.reads.select(request);
    if (fresh) for (const series of found) this.count(series.timestamps.length + (series.rollup?.ends.length ?? 0));
    return this.detectResets ? found.map(withDetectedResets) : found;
  }

  private whileDetecting<T>(detect: boolean, compute: () => T): T {
    const before = this.detectResets;
    this.detectResets = detect;
    try {
      return compute();
    } finally {
      this.detectResets = before;
    }
  }

  private count(samples: number): void {
    const limit = this.params.limits?.maxSamples ?? DEFAULT_LIMITS.maxSamples;
    this.samples += samples;
    if (this.samples > limit) {
      throw new QueryError(
        "limit",
        `query processing would load too many samples into memory in query execution: the limit maxSamples is ${limit}; narrow the selectors, shorten the range or raise the limit`,
      );
    }
  }

  /** Columns have a place for every step: what would not fit is refused before it is made. */
  private reserve(series: number, steps: Steps): void {
    const limit = this.params.limits?.maxSamples ?? DEFAULT_LIMITS.maxSamples;
    if (series * steps.count <= limit) return;
    throw new QueryError(
      "limit",
      `${series} series at ${steps.count} steps would be held in memory: the limit maxSamples is ${limit}; narrow the selectors, shorten the range or use a longer step`,
    );
  }

  instant(node: VectorSelector, steps: Steps, times?: (column: Column, ms: Float64Array) => void): Column[] {
    checkInstantExtension(node);
    const read = readTimes(node, steps);
    const lookback = this.params.lookbackMs ?? DEFAULT_LOOKBACK_MS;
    const columns: Column[] = [];
    const found = this.select(selectorRequest(node, steps, this.params, INSTANT));
    this.reserve(found.length, steps);
    noteRollups(found, node.span, this.notes);
    for (const series of found) {
      const at = times === undefined ? undefined : new Float64Array(steps.count);
      const column =
        node.extension === "smoothed" ? extendWindow.instant(series, read, lookback) : selectInstant(series, read, lookback, at);
      if (column === undefined) continue;
      columns.push(column);
      if (at !== undefined) times?.(column, at);
    }
    return columns;
  }

  /** The range argument of a function as series, with the times its windows end at. */
  range(
    node: MatrixSelector | Subquery,
    steps: Steps,
    reader?: string,
  ): { readonly series: WindowSeries[]; readonly read: Steps; readonly rangeMs: number } {
    const rangeMs = typeof node.range === "number" ? node.range : 0;
    if (node.kind === "matrix_selector") {
      const request = matrixRequest(node, steps, this.params, reader);
      let found = this.select(request);
      if (request.needsSketches === true && found.some(lacksSketches)) found = this.select(matrixRequest(node, steps, this.params));
      noteRollups(found, node.span, this.notes);
      return { series: found.map(windowSeries), read: readTimes(node.selector, steps), rangeMs };
    }
    const inner = subquerySteps(node, steps);
    const limit = this.params.limits?.maxSamples ?? DEFAULT_LIMITS.maxSamples;
    if (inner.count > limit)
      throw new QueryError(
        "limit",
        `the subquery has ${inner.count} steps: the limit maxSamples is ${limit}; use a longer step or a shorter range`,
      );
    const series =
      inner.count === 0
        ? []
        : this.whileDetecting(false, () => this.vector(node.expr, inner)).map((column) => windowFromColumn(column, inner));
    return { series, read: readTimes(node, steps), rangeMs };
  }

  slide(
    node: MatrixSelector | Subquery,
    steps: Steps,
    fn: WindowFunction,
    dropName: boolean,
    func: string,
    param?: Float64Array,
  ): Column[] {
    const extension = node.kind === "matrix_selector" ? node.selector.extension : undefined;
    if (extension !== undefined) checkRangeExtension(extension, func);
    const { series, read, rangeMs } = this.range(node, steps, func);
    this.reserve(series.length, steps);
    const fast = extension === undefined && steps.count > 1 ? floatColumn(func, param) : undefined;
    const columns: Column[] = [];
    let bounds: WindowBounds | undefined;
    for (const one of series) {
      if (this.params.cancelled?.() === true)
        throw new QueryError("canceled", "the query was canceled before it finished; nothing is returned");
      let column: Column | undefined;
      if (one.rollup !== undefined) column = slideRollup(one, one.rollup, read, rangeMs, func, param, dropName);
      else if (extension !== undefined) {
        const lookback = this.params.lookbackMs ?? DEFAULT_LOOKBACK_MS;
        column = extendWindow.range(one, read, steps, rangeMs, lookback, extension, func, dropName, fn);
      } else if (fast !== undefined && one.histograms.length === 0) {
        bounds = windowBounds(one.floatTimes, read, rangeMs, bounds);
        column = newColumn(one.labels, steps.count, dropName || one.dropName);
        fast({ floats: one.floats, bounds, read, rangeMs }, column.values, column.kinds);
        if (isEmpty(column)) column = undefined;
      } else column = slide(one, read, steps, rangeMs, fn, dropName);
      if (column !== undefined) columns.push(column);
    }
    return columns;
  }

  private aggregate(node: Aggregate, steps: Steps): Value {
    const param = node.param === undefined || node.op === "count_values" ? undefined : this.scalar(node.param, steps);
    const label = node.op === "count_values" ? this.string(node.param) : undefined;
    if (label !== undefined && (label === "" || hasInvalidUtf8(label))) {
      throw new QueryError("execution", `invalid label name ${quote(label)}`);
    }
    const columns = aggregate(node, this.vector(node.expr, steps), steps.count, param, label, this.notes, (series) =>
      this.reserve(series, steps),
    );
    return { type: "vector", columns, ordered: node.op === "topk" || node.op === "bottomk" };
  }

  private binary(node: Binary, steps: Steps): Value {
    const [left, right] = this.whileDetecting(false, () => [this.evaluate(node.left, steps), this.evaluate(node.right, steps)] as const);
    if (left.type === "scalar" && right.type === "scalar") {
      const values = new Float64Array(steps.count);
      const comparison = isComparison(node.op);
      for (let i = 0; i < steps.count; i++) {
        const a = left.values[i] ?? 0;
        const b = right.values[i] ?? 0;
        values[i] = comparison ? (compares(node.op, a, b) ? 1 : 0) : arithmetic(node.op, a, b);
      }
      return { type: "scalar", values };
    }
    if (left.type === "vector" && right.type === "vector") {
      const columns = isSetOperator(node.op)
        ? combineSets(node, left.columns, right.columns, steps.count)
        : combineVectors(node, left.columns, right.columns, steps.count, this.notes);
      return { type: "vector", columns };
    }
    if (left.type === "vector" && right.type === "scalar")
      return { type: "vector", columns: this.withScalar(node, left.columns, right.values, false, steps.count) };
    if (left.type === "scalar" && right.type === "vector")
      return { type: "vector", columns: this.withScalar(node, right.columns, left.values, true, steps.count) };
    throw new QueryError("execution", "binary expression must contain only scalar and instant vector types");
  }

  private withScalar(node: Binary, columns: readonly Column[], scalars: Float64Array, swapped: boolean, count: number): Column[] {
    const dropName = !isComparison(node.op) || node.bool;
    const trims = node.op === "</" || node.op === ">/";
    const out: Column[] = [];
    for (const column of columns) {
      const target = newColumn(column.labels, count, (dropName && !trims) || column.dropName);
      if (column.histograms === undefined && !trims) {
        combineWithScalars(node, column, scalars, swapped, target);
        if (!isEmpty(target)) out.push(target);
        continue;
      }
      for (let step = 0; step < count; step++) {
        const kind = column.kinds[step];
        if (kind === ABSENT) continue;
        const sample = kind === FLOAT ? (column.values[step] ?? 0) : column.histograms?.[step];
        if (sample === undefined) continue;
        const scalar = scalars[step] ?? 0;
        const value = combineSamples(node, swapped ? scalar : sample, swapped ? sample : scalar, sample, this.notes);
        if (typeof value === "number") putFloat(target, step, value);
        else if (value !== undefined) putHistogram(target, step, value);
      }
      if (!isEmpty(target)) out.push(target);
    }
    return out;
  }
}

function broadcast(value: Value, count: number): Value {
  if (value.type === "scalar") return { type: "scalar", values: new Float64Array(count).fill(value.values[0] ?? 0) };
  if (value.type === "string") return value;
  const columns = value.columns.map((column) => {
    const out = newColumn(column.labels, count, column.dropName);
    out.kinds.fill(column.kinds[0] ?? ABSENT);
    out.values.fill(column.values[0] ?? 0);
    const histogram = column.histograms?.[0];
    if (histogram !== undefined) out.histograms = Array.from({ length: count }, () => histogram);
    return out;
  });
  return { ...value, columns };
}

function negate(value: Value, op: "+" | "-"): Value {
  if (op === "+") return value;
  if (value.type === "scalar") return { type: "scalar", values: value.values.map((x) => -x) };
  if (value.type === "string") return value;
  return {
    type: "vector",
    columns: value.columns.map((column) => ({
      ...column,
      dropName: true,
      values: column.values.map((x) => -x),
      ...(column.histograms === undefined
        ? {}
        : { histograms: column.histograms.map((h) => (h === undefined ? undefined : scaleHistogram(h, -1))) }),
    })),
  };
}
