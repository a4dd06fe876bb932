/** Walks a resolved tree and computes each node for all steps at once. */
import type { SelectedSeries } from "../../model/sample.ts";
import { aggregate } from "../aggregate/aggregate.ts";
import type { Aggregate, Binary, Expr, MatrixSelector, Subquery, VectorSelector } from "../ast.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import { combineSets } from "../binary/sets.ts";
import { combineVectors } from "../binary/vectors.ts";
import { withScalars } from "../binary/with-scalars.ts";
import { arithmetic, compares, isComparison, isSetOperator, isTrim } from "../binary/operators.ts";
import { QueryError } from "../failure.ts";
import { quote } from "../format/quote.ts";
import { hasInvalidUtf8 } from "../parse/string-literal.ts";
import { callFunction } from "../functions/call.ts";
import type { EvaluationContext } from "../functions/context.ts";
import { floatColumn, READS_STARTS } from "../functions/float-columns.ts";
import { needsAllHistograms, slideRollup } from "../functions/rollup-windows.ts";
import { lacksSketch } from "../functions/sketch-window.ts";
import { leftSpine } from "../left-spine.ts";
import { selectInstant } from "../select/instant.ts";
import { slide, type WindowFunction } from "../select/window.ts";
import { type WindowBounds, windowBounds } from "../select/window-bounds.ts";
import { withDetectedResets } from "../select/detect-resets.ts";
import { type WindowSeries, windowSeries } from "../select/window-series.ts";
import { checkInstantExtension, checkRangeExtension, extendWindow } from "../select/extended.ts";
import type { Annotations } from "./annotations.ts";
import { LabelBudget } from "./label-budget.ts";
import { Limits } from "./limits.ts";
import type { Reads } from "./merged-requests.ts";
import { type Lacking, rawInPlace } from "./raw-in-place.ts";
import { noteMissing, noteRollups } from "./rollup-notes.ts";
import { type Pace, SERIES_NS, type Stepwise } from "./pace.ts";
import { bytesOfValue, type QueryMemory } from "./query-memory.ts";
import { broadcast, negate } from "./whole-values.ts";
import { type SampleTally, samplesOfColumns, samplesOfWindows } from "./sample-tally.ts";
import { INSTANT } from "./rollup-terms.ts";
import { isStepInvariant } from "./resolve.ts";
import { SHARED_ROW } from "./shared-expressions.ts";
import { type Column, ColumnMaker, isEmpty, type Steps, timeOf, type Value } from "./steps.ts";
import { type Constant, type Inner, readsOfAll, stepsAtOnce, subqueryWindows, windowsBetween } from "./subquery-windows.ts";
import { DEFAULT_LOOKBACK_MS, matrixRequest, readTimes, selectorRequest, subquerySteps } from "./times.ts";

/** A step looked at, a sample looked at. */
const STEP_NS = 12;
const SAMPLE_NS = 3;

const READS_COUNTS = new Set(["histogram_count", "histogram_sum", "histogram_avg"]);
const READS_BUCKETS = new Set(["histogram_quantile", "histogram_quantiles", "histogram_fraction", "histogram_stddev", "histogram_stdvar"]);

export class Evaluator implements EvaluationContext {
  readonly params: QueryParams;
  readonly notes: Annotations;
  private reads: Reads;
  private readonly shared: ReadonlyMap<Expr, string>;
  private readonly computed = new Map<string, { readonly value: Value; readonly samples: number }>();
  private readonly tally: SampleTally;
  readonly pace: Pace;
  readonly labels: LabelBudget = new LabelBudget();
  private readonly memory: QueryMemory;
  private readonly limits: Limits;
  /** The innermost subquery that is being evaluated. */
  private inner: Inner | null = null;
  /** Inside histogram_count, _sum and _avg Prometheus decodes counts only and marks counter resets as it reads. */
  private detectResets = false;

  /** `shared`: nodes that occur again, by their text. */
  constructor(params: QueryParams, reads: Reads, notes: Annotations, shared: ReadonlyMap<Expr, string>, pace: Pace, memory: QueryMemory) {
    this.params = params;
    this.limits = new Limits(params.limits);
    this.tally = params.tally ?? { samples: 0 };
    this.reads = reads;
    this.notes = notes;
    this.shared = shared;
    this.pace = pace;
    this.memory = memory;
  }

  *evaluate(expr: Expr, steps: Steps): Stepwise<Value> {
    if (this.params.cancelled?.() === true)
      throw new QueryError("canceled", "the query was canceled before it finished; nothing is returned");
    if (steps.count > 1 && isStepInvariant(expr) && expr.kind !== "number" && expr.kind !== "string") {
      const { value, samples } = yield* this.constant(expr, { startMs: steps.startMs, stepMs: 0, count: 1 });
      this.tally.samples += samples * steps.count;
      return broadcast(value, steps.count);
    }
    return yield* this.evaluateOnce(expr, steps);
  }

  /** Once for a whole subquery. */
  private *constant(expr: Expr, at: Steps): Stepwise<Constant> {
    const known = this.inner?.constant.get(expr);
    if (known !== undefined) return known;
    const before = this.tally.samples;
    const value = yield* this.evaluateOnce(expr, at);
    const constant = { value, samples: this.tally.samples - before };
    this.tally.samples = before;
    if (this.inner !== null) {
      this.inner.constant.set(expr, constant);
      this.memory.keep(bytesOfValue(value, 1));
    }
    return constant;
  }

  /** Values are not modified by those who use them, so equal expressions over equal steps can have the same. */
  private *evaluateOnce(expr: Expr, steps: Steps): Stepwise<Value> {
    const text = this.shared.get(expr);
    if (text === undefined) return yield* this.weighed(expr, steps);
    const key = `${this.detectResets ? 1 : 0} ${steps.startMs} ${steps.stepMs} ${steps.count} ${text}`;
    const before = this.computed.get(key);
    const { samples } = this.tally;
    this.tally.samples += before?.samples ?? 0;
    if (before !== undefined) return before.value;
    const said = this.notes.said;
    const value = yield* this.weighed(expr, steps);
    // Annotations name a place in the query: an expression that has something to say says it wherever it stands.
    if (this.notes.said === said) {
      this.computed.set(key, { value, samples: this.tally.samples - samples });
      this.memory.keep(bytesOfValue(value, steps.count));
    }
    return value;
  }

  /** What a node was made of is garbage once it is made. */
  private *weighed(expr: Expr, steps: Steps): Stepwise<Value> {
    const { held } = this.memory;
    const { making } = this.pace;
    let made = 0;
    // Were it written where it is assigned, V8 would make it among the old objects, and all that the query read would stay until a full collection.
    const foresee = (bytes: number): void => this.memory.foresee((made += bytes));
    this.pace.making = foresee;
    const value = yield* this.evaluateNode(expr, steps);
    this.pace.making = making;
    if (value.type === "scalar" && this.pace.spend(steps.count * STEP_NS)) yield;
    const bytes = bytesOfValue(value, steps.count);
    this.memory.hold(bytes);
    this.memory.backTo(held + bytes);
    return value;
  }

  private *evaluateNode(expr: Expr, steps: Steps): Stepwise<Value> {
    switch (expr.kind) {
      case "number":
        return { type: "scalar", values: new Float64Array(steps.count).fill(expr.value) };
      case "string":
        return { type: "string", value: expr.value };
      case "paren":
        return yield* this.evaluate(expr.expr, steps);
      case "vector_selector":
        return { type: "vector", columns: yield* this.instant(expr, steps) };
      case "matrix_selector":
      case "subquery":
        throw new QueryError("execution", "a range vector cannot be evaluated at steps");
      case "unary":
        return yield* negate(yield* this.evaluate(expr.expr, steps), expr.op, this.pace);
      case "aggregate":
        return yield* this.aggregate(expr, steps);
      case "binary":
        return yield* this.binary(expr, steps);
      case "call":
        return yield* this.whileDetecting(READS_COUNTS.has(expr.func) || (this.detectResets && !READS_BUCKETS.has(expr.func)), () =>
          callFunction(this, expr, steps),
        );
    }
  }

  *scalar(expr: Expr, steps: Steps): Stepwise<Float64Array> {
    const value = yield* this.evaluate(expr, steps);
    if (value.type !== "scalar") throw new QueryError("execution", "expected a scalar");
    return value.values;
  }

  *vector(expr: Expr, steps: Steps): Stepwise<Column[]> {
    const value = yield* this.evaluate(expr, steps);
    if (value.type !== "vector") throw new QueryError("execution", "expected an instant vector");
    return value.columns;
  }

  string(expr: Expr | undefined): string {
    let inner = expr;
    while (inner?.kind === "paren") inner = inner.expr;
    return inner?.kind === "string" ? inner.value : "";
  }

  select(request: SelectRequest): readonly SelectedSeries[] {
    return this.counted(this.reads, request);
  }

  /** Reads from storage and counts what was touched against the limit. */
  private counted(reads: Reads, request: SelectRequest): readonly SelectedSeries[] {
    const { series: found, fresh } = reads.select(request);
    if (fresh) for (const series of found) this.limits.count(series.timestamps.length + (series.rollup?.ends.length ?? 0));
    return found;
  }

  /** Counter resets that storage left unknown are looked for where that is asked. */
  private *detected(found: readonly SelectedSeries[]): Stepwise<readonly SelectedSeries[]> {
    if (!this.detectResets) return found;
    const series: SelectedSeries[] = [];
    for (const one of found) series.push(yield* withDetectedResets(one, this.pace));
    return series;
  }

  private *whileDetecting<T>(detect: boolean, compute: () => Stepwise<T>): Stepwise<T> {
    const before = this.detectResets;
    this.detectResets = detect;
    try {
      return yield* compute();
    } finally {
      this.detectResets = before;
    }
  }

  private reserve(series: number, { count }: Steps): void {
    const { inner } = this;
    if (inner !== null) this.limits.reserveWithin(series, count === inner.atOnce ? inner.steps.count : count);
    this.limits.reserve(series, count);
  }

  *instant(node: VectorSelector, steps: Steps, times?: (column: Column, ms: Float64Array) => void): Stepwise<Column[]> {
    checkInstantExtension(node);
    const read = readTimes(node, steps);
    const lookback = this.params.lookbackMs ?? DEFAULT_LOOKBACK_MS;
    const columns: Column[] = [];
    const found = yield* this.detected(this.select(selectorRequest(node, steps, this.params, INSTANT)));
    this.reserve(found.length, steps);
    noteRollups(found, node.span, this.notes);
    for (const series of found) {
      if (this.pace.spend(SERIES_NS + steps.count * STEP_NS + series.timestamps.length * SAMPLE_NS)) yield;
      const at = times === undefined ? undefined : new Float64Array(steps.count);
      const column =
        node.extension === "smoothed"
          ? yield* extendWindow.instant(series, read, lookback, this.notes, node.span, this.pace)
          : selectInstant(series, read, lookback, at);
      if (column === undefined) continue;
      columns.push(column);
      if (at !== undefined) times?.(column, at);
    }
    if (this.params.tally !== undefined) this.tally.samples += yield* samplesOfColumns(columns, times !== undefined, this.pace);
    return columns;
  }

  /** The range argument of a function as series, with the times its windows end at. */
  *range(
    node: MatrixSelector | Subquery,
    steps: Steps,
    reader?: string,
  ): Stepwise<{ readonly series: WindowSeries[]; readonly read: Steps; readonly rangeMs: number }> {
    const rangeMs = typeof node.range === "number" ? node.range : 0;
    if (node.kind === "matrix_selector") {
      const request = matrixRequest(node, steps, this.params, reader);
      const lacking: Lacking = (rollup) => {
        if (needsAllHistograms(reader, rollup)) return () => true;
        return request.needsSketches === true ? (bucket) => lacksSketch(rollup, bucket) : null;
      };
      const raw = matrixRequest(node, steps, this.params);
      const { series: found, missing } = rawInPlace(this.select(request), lacking, raw, (wider) => this.select(wider));
      noteRollups(found, node.span, this.notes, rangeMs);
      if (missing) noteMissing(reader ?? "", node.span, this.notes);
      const series: WindowSeries[] = [];
      for (const one of yield* this.detected(found)) {
        series.push(windowSeries(one));
        if (this.pace.spend(one.timestamps.length)) yield;
      }
      return { series, read: readTimes(node.selector, steps), rangeMs };
    }
    const read = readTimes(node, steps);
    const { inner } = this;
    const isPart = inner !== null && inner.atOnce < inner.steps.count && steps.stepMs === inner.steps.stepMs;
    if (!isPart) return { series: yield* this.windows(node, steps), read, rangeMs };
    // Windows reach beyond the part: they are made once for all parts.
    const all = inner.windows.get(node) ?? (yield* this.windows(node, inner.steps));
    inner.windows.set(node, all);
    return { series: yield* windowsBetween(all, read.startMs - rangeMs, timeOf(read, read.count - 1), this.pace), read, rangeMs };
  }

  /** Of a subquery that is read at these steps. */
  private *windows(node: Subquery, readAt: Steps): Stepwise<WindowSeries[]> {
    const { reads, inner } = this;
    const { expr } = node;
    const steps = subquerySteps(node, readAt, this.params);
    this.limits.reserveSteps(steps.count);
    if (steps.count === 0) return [];
    const atOnce = stepsAtOnce(steps);
    if (atOnce < steps.count) this.reads = readsOfAll(expr, steps, this.params, (request) => this.counted(reads, request));
    this.inner = { steps, atOnce, constant: new Map(), windows: new Map() };
    const evaluate = (part: Steps): Stepwise<Column[]> => this.whileDetecting(false, () => this.vector(expr, part));
    const series = yield* subqueryWindows(expr, steps, atOnce, evaluate, this.pace);
    this.inner = inner;
    this.reads = reads;
    return series;
  }

  *slide(
    node: MatrixSelector | Subquery,
    steps: Steps,
    fn: WindowFunction,
    dropName: boolean,
    func: string,
    param?: Float64Array,
  ): Stepwise<Column[]> {
    const extension = node.kind === "matrix_selector" ? node.selector.extension : undefined;
    if (extension !== undefined) checkRangeExtension(extension, func);
    const { samples: counted } = this.tally;
    const { series, read, rangeMs } = yield* this.range(node, steps, func);
    this.reserve(series.length, steps);
    if (this.params.tally !== undefined) this.tally.samples = counted + (yield* samplesOfWindows(series, read, rangeMs, this.pace));
    const fast = extension === undefined && steps.count > 1 ? floatColumn(func, param) : undefined;
    const columns: Column[] = [];
    let bounds: WindowBounds | undefined;
    const maker = new ColumnMaker(steps.count);
    for (const [index, one] of series.entries()) {
      const samples = one.floats.length + one.histograms.length * 50 + (one.rollup?.ends.length ?? 0);
      if (this.pace.spend(SERIES_NS + samples * SAMPLE_NS + steps.count * STEP_NS)) yield;
      if (this.params.cancelled?.() === true)
        throw new QueryError("canceled", "the query was canceled before it finished; nothing is returned");
      let column: Column | undefined;
      if (one.rollup !== undefined) column = yield* slideRollup(one, one.rollup, read, rangeMs, func, param, fn, dropName, this.pace);
      else if (extension !== undefined) {
        const lookbackMs = this.params.lookbackMs ?? DEFAULT_LOOKBACK_MS;
        const call = { extension, func, read, steps, rangeMs, lookbackMs, notes: this.notes, span: node.span };
        column = yield* extendWindow.range(one, call, fn, dropName, this.pace);
      } else if (fast !== undefined && one.histograms.length === 0 && (one.starts === undefined || !READS_STARTS.has(func))) {
        bounds = windowBounds(one.floatTimes, read, rangeMs, bounds);
        column = maker.make(one.labels, dropName || one.dropName, series.length - index);
        const doubtful: number[] = [];
        const going = fast(
          { floats: one.floats, ascending: one.ascending === true, bounds, read, steps, rangeMs, doubtful },
          column.values,
          column.kinds,
          this.pace,
        );
        if (going !== undefined) yield* going;
        if (doubtful.length > 0) yield* slide(one, read, steps, rangeMs, fn, dropName, func, this.pace, { column, steps: doubtful });
        if (isEmpty(column)) column = undefined;
      } else column = yield* slide(one, read, steps, rangeMs, fn, dropName, func, this.pace);
      if (column !== undefined) columns.push(column);
    }
    return columns;
  }

  private *aggregate(node: Aggregate, steps: Steps): Stepwise<Value> {
    const param = node.param === undefined || node.op === "count_values" ? undefined : yield* this.scalar(node.param, steps);
    const label = node.op === "count_values" ? this.string(node.param) : undefined;
    if (label !== undefined && (label === "" || hasInvalidUtf8(label))) {
      throw new QueryError("execution", `invalid label name ${quote(label)}`);
    }
    const from = yield* this.vector(node.expr, steps);
    const reserve = (series: number, label: string, text: string): void => {
      this.reserve(series, steps);
      this.labels.takeAll(label.length + text.length);
    };
    const columns = yield* aggregate(node, from, steps.count, param, label, this.notes, reserve, this.pace);
    return { type: "vector", columns, ordered: node.op === "topk" || node.op === "bottomk" };
  }

  /** A short row of operations node by node, so that what begins another one as well is computed once; a long one in a loop. */
  private *binary(node: Binary, steps: Steps): Stepwise<Value> {
    const spine = leftSpine(node);
    const row = spine.length > SHARED_ROW ? spine : ([node] as const);
    const { held } = this.memory;
    let left = yield* this.whileDetecting(false, () => this.evaluate(row[0].left, steps));
    for (const operation of row) {
      const right = yield* this.whileDetecting(false, () => this.evaluate(operation.right, steps));
      left = yield* this.combine(operation, left, right, steps);
      if (operation === node) break;
      const bytes = bytesOfValue(left, steps.count);
      this.memory.hold(bytes);
      this.memory.backTo(held + bytes);
    }
    return left;
  }

  private *combine(node: Binary, left: Value, right: Value, steps: Steps): Stepwise<Value> {
    if (left.type === "scalar" && right.type === "scalar") {
      if (isTrim(node.op)) throw new QueryError("execution", `operator "${node.op}" not allowed for Scalar operations`);
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
        ? yield* combineSets(node, left.columns, right.columns, steps.count, this.pace)
        : yield* combineVectors(node, left.columns, right.columns, steps.count, this.notes, this.pace);
      return { type: "vector", columns };
    }
    if (left.type === "vector" && right.type === "scalar")
      return { type: "vector", columns: yield* withScalars(node, left.columns, right.values, false, this.notes, this.pace) };
    if (left.type === "scalar" && right.type === "vector")
      return { type: "vector", columns: yield* withScalars(node, right.columns, left.values, true, this.notes, this.pace) };
    throw new QueryError("execution", "binary expression must contain only scalar and instant vector types");
  }
}
