/** Calls a function for all steps: picks the family it belongs to. */
import { METRIC_NAME, type Labels } from "../../model/labels.ts";
import type { Call, Expr, MatrixSelector, Span, Subquery } from "../ast.ts";
import type { EvaluationContext } from "./context.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, FLOAT, isEmpty, newColumn, putFloat, type Steps, timeOf, type Value } from "../evaluation/steps.ts";
import { QueryError } from "../failure.ts";
import { formatFloatShort, formatOpenMetricsFloat } from "../json/float-format.ts";
import { CALENDAR, ELEMENTWISE, goMax, goMin, roundTo } from "./elementwise.ts";
import { fractions, histogramStatistic, quantiles } from "./histograms.ts";
import { addInfo, infoRequest } from "./info.ts";
import { labelJoin, labelReplace } from "./labels.ts";
import { FUNCTIONS } from "./signatures.ts";
import { sortColumns } from "./sorting.ts";
import { generatedSeries } from "./timeseries-gen.ts";
import { KEEPS_NAME, windowFunction } from "./windows.ts";

function unwrap(expr: Expr | undefined): Expr | undefined {
  let inner = expr;
  while (inner?.kind === "paren") inner = inner.expr;
  return inner;
}

/** A value that a function is called for. */
const VALUE_NS = 12;

/** The same columns with each float replaced; histograms are dropped. */
function* mapFloats(
  columns: readonly Column[],
  count: number,
  pace: Pace,
  fn: (x: number, step: number) => number | undefined,
): Stepwise<Value> {
  const out: Column[] = [];
  for (const column of columns) {
    if (pace.spend(SERIES_NS + count * VALUE_NS)) yield;
    const target = newColumn(column.labels, count, true);
    for (let step = 0; step < count; step++) {
      if (column.kinds[step] !== FLOAT) continue;
      const value = fn(column.values[step] ?? 0, step);
      if (value !== undefined) putFloat(target, step, value);
    }
    if (!isEmpty(target)) out.push(target);
  }
  return vectorOf(out);
}

const vectorOf = (columns: Column[]): Value => ({ type: "vector", columns });

export function* callFunction(evaluator: EvaluationContext, call: Call, steps: Steps): Stepwise<Value> {
  const { func, args } = call;
  const { count } = steps;
  const { pace } = evaluator;
  const arg = (index: number): Expr => {
    const expr = args[index];
    if (expr === undefined) throw new QueryError("execution", `missing argument ${index + 1} of ${func}`);
    return expr;
  };
  const vector = (index = 0): Stepwise<Column[]> => evaluator.vector(arg(index), steps);
  const scalar = (index: number): Stepwise<Float64Array> => evaluator.scalar(arg(index), steps);
  const fill = (fn: (step: number) => number): Value => {
    const values = new Float64Array(count);
    for (let step = 0; step < count; step++) values[step] = fn(step);
    return { type: "scalar", values };
  };

  const elementwise = ELEMENTWISE[func];
  if (elementwise !== undefined) return yield* mapFloats(yield* vector(), count, pace, elementwise);
  const calendar = CALENDAR[func];
  if (calendar !== undefined) {
    if (args.length > 0) return yield* mapFloats(yield* vector(), count, pace, calendar);
    const now = newColumn({}, count, false);
    for (let step = 0; step < count; step++) putFloat(now, step, calendar(timeOf(steps, step) / 1000));
    return vectorOf([now]);
  }
  const range = args
    .map(unwrap)
    .find((expr): expr is MatrixSelector | Subquery => expr?.kind === "matrix_selector" || expr?.kind === "subquery");
  if (range !== undefined && FUNCTIONS.get(func)?.args.includes("matrix") === true) return yield* overRange(evaluator, call, range, steps);

  switch (func) {
    case "time":
      return fill((step) => timeOf(steps, step) / 1000);
    case "pi":
      return fill(() => Math.PI);
    case "min_of":
    case "max_of": {
      const left = yield* scalar(0);
      const right = yield* scalar(1);
      const pick = func === "min_of" ? goMin : goMax;
      return fill((step) => pick(left[step] ?? NaN, right[step] ?? NaN));
    }
    case "scalar":
      return { type: "scalar", values: toScalar(yield* vector(), count) };
    case "vector": {
      const column = newColumn({}, count, false);
      column.kinds.fill(FLOAT);
      column.values.set(yield* scalar(0));
      return vectorOf([column]);
    }
    case "absent":
      return vectorOf(absent(yield* vector(), absentLabels(arg(0)), count));
    case "timeseries_gen":
      return vectorOf(generatedSeries(evaluator.string(args[0]), evaluator.string(args[1]), count));
    case "start_timestamp":
      return vectorOf(startTimestamps(yield* vector(), count));
    case "timestamp":
      return vectorOf(yield* timestamps(evaluator, arg(0), steps));
    case "clamp": {
      const low = yield* scalar(1);
      const high = yield* scalar(2);
      return yield* mapFloats(yield* vector(), count, pace, (x, i) =>
        (high[i] ?? 0) < (low[i] ?? 0) ? undefined : goMax(low[i] ?? 0, goMin(high[i] ?? 0, x)),
      );
    }
    case "clamp_min": {
      const low = yield* scalar(1);
      return yield* mapFloats(yield* vector(), count, pace, (x, i) => goMax(low[i] ?? 0, x));
    }
    case "clamp_max": {
      const high = yield* scalar(1);
      return yield* mapFloats(yield* vector(), count, pace, (x, i) => goMin(high[i] ?? 0, x));
    }
    case "round": {
      const to = args.length > 1 ? yield* scalar(1) : new Float64Array(count).fill(1);
      return yield* mapFloats(yield* vector(), count, pace, (x, i) => roundTo(x, to[i] ?? 1));
    }
    case "label_replace":
      return vectorOf(
        yield* labelReplace(
          yield* vector(),
          evaluator.string(args[1]),
          evaluator.string(args[2]),
          evaluator.string(args[3]),
          evaluator.string(args[4]),
          pace,
          evaluator.labels,
        ),
      );
    case "label_join":
      return vectorOf(
        yield* labelJoin(
          yield* vector(),
          evaluator.string(args[1]),
          evaluator.string(args[2]),
          args.slice(3).map((label) => evaluator.string(label)),
          pace,
          evaluator.labels,
        ),
      );
    case "sort":
    case "sort_desc":
    case "sort_by_label":
    case "sort_by_label_desc": {
      if (evaluator.params.stepMs > 0)
        evaluator.notes.warn("sort is ineffective for range queries since results are always ordered by labels", call.span);
      return {
        type: "vector",
        columns: yield* sortColumns(
          func,
          yield* vector(),
          args.slice(1).map((label) => evaluator.string(label)),
          pace,
        ),
        ordered: true,
      };
    }
    case "histogram_quantile":
      return vectorOf(yield* quantiles(call, yield* vector(1), yield* scalar(0), 0, steps, evaluator.notes, pace));
    case "histogram_fraction":
      return vectorOf(yield* fractions(call, yield* vector(2), yield* scalar(0), yield* scalar(1), steps, evaluator.notes, pace));
    case "histogram_quantiles": {
      const label = evaluator.string(args[1]);
      const columns = yield* vector();
      const all: Column[] = [];
      for (const [index, expr] of args.slice(2).entries()) {
        const q = yield* evaluator.scalar(expr, steps);
        const value = formatOpenMetricsFloat(q[0] ?? NaN);
        const own = { ...call, args: [...args.slice(1), arg(0)] };
        for (const column of yield* quantiles(own, columns, q, index + 1, steps, evaluator.notes, pace)) {
          evaluator.labels.take(label, value.length);
          all.push({ ...column, labels: { ...column.labels, [label]: value } });
        }
      }
      return vectorOf(all);
    }
    case "info":
      return vectorOf(
        yield* addInfo(call, yield* vector(), evaluator.select(infoRequest(call, steps, evaluator.params)), steps, evaluator.params, pace),
      );
  }
  const statistic = yield* histogramStatistic(func, func.startsWith("histogram_") ? yield* vector() : [], count, pace);
  if (statistic !== undefined) return vectorOf(statistic);
  throw new QueryError("execution", `function ${func} is not available here`);
}

function* overRange(evaluator: EvaluationContext, call: Call, range: MatrixSelector | Subquery, steps: Steps): Stepwise<Value> {
  const { func, args } = call;
  const others = args.filter((expr) => unwrap(expr) !== range);
  const params: Float64Array[] = [];
  for (const expr of others) params.push(yield* evaluator.scalar(expr, steps));
  if (func === "absent_over_time") {
    const columns = yield* evaluator.slide(range, steps, () => 1, true, func);
    return vectorOf(absent(columns, absentLabels(range), steps.count));
  }
  const span = (unwrap(range) ?? range).span;
  const fn = windowFunction(func, { notes: evaluator.notes, span, params, paramSpans: others.map((expr) => expr.span) });
  if (fn === undefined) throw new QueryError("execution", `function ${func} is not available here`);
  const columns = yield* evaluator.slide(range, steps, fn, !KEEPS_NAME.has(func), func, params[0]);
  if (func === "rate" || func === "increase") noteNonCounters(evaluator, columns, span);
  if (func === "quantile_over_time") noteNonQuantiles(evaluator, columns, params[0] ?? new Float64Array(0), args[0]?.span ?? call.span);
  return vectorOf(columns);
}

/** Prometheus says so at the steps where the quantile of something is asked for. */
function noteNonQuantiles(evaluator: EvaluationContext, columns: readonly Column[], quantiles: Float64Array, span: Span): void {
  quantiles.forEach((q, step) => {
    if (q >= 0 && q <= 1) return;
    if (!columns.some(({ kinds }) => kinds[step] !== ABSENT)) return;
    evaluator.notes.warn(`quantile value should be between 0 and 1, got ${formatFloatShort(q)}`, span);
  });
}

/** Prometheus says so when a rate is taken of something whose name does not look like a counter. */
function noteNonCounters(evaluator: EvaluationContext, columns: readonly Column[], span: Span): void {
  for (const column of columns) {
    const name = column.labels[METRIC_NAME] ?? "";
    if (name === "" || !column.kinds.includes(FLOAT) || /_(total|sum|count|bucket)$/.test(name)) continue;
    evaluator.notes.info(`metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(name)}`, span);
  }
}

function toScalar(columns: readonly Column[], count: number): Float64Array {
  const values = new Float64Array(count).fill(NaN);
  const seen = new Uint8Array(count);
  for (const column of columns) {
    for (let step = 0; step < count; step++) {
      if (column.kinds[step] !== FLOAT) continue;
      seen[step] = (seen[step] ?? 0) === 0 ? 1 : 2;
      values[step] = seen[step] === 1 ? (column.values[step] ?? 0) : NaN;
    }
  }
  return values;
}

function absent(columns: readonly Column[], labels: Labels, count: number): Column[] {
  const out = newColumn(labels, count, false);
  for (let step = 0; step < count; step++) {
    if (columns.every((column) => column.kinds[step] === ABSENT)) putFloat(out, step, 1);
  }
  return isEmpty(out) ? [] : [out];
}

/**
 * The labels an absent series would have had: what an equality names, unless another matcher of the label follows. As in
 * Prometheus (`createLabelsForAbsentFunction`) one that stands before the first equality takes nothing away.
 */
function absentLabels(expr: Expr): Labels {
  const inner = unwrap(expr);
  const selector = inner?.kind === "matrix_selector" ? inner.selector : inner;
  if (selector?.kind !== "vector_selector") return {};
  const labels = new Map<string, string>();
  const named = new Set<string>();
  for (const { name, op, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    if (op === "=" && !named.has(name)) labels.set(name, value);
    else labels.delete(name);
    if (op === "=") named.add(name);
  }
  return Object.fromEntries([...labels].filter(([, value]) => value !== ""));
}

/** Samples are kept without the time their counting began; Prometheus answers 0 for those. */
function startTimestamps(columns: readonly Column[], count: number): Column[] {
  return columns.map((column) => {
    const out = newColumn(column.labels, count, true);
    for (let step = 0; step < count; step++) if (column.kinds[step] !== ABSENT) putFloat(out, step, 0);
    return out;
  });
}

/** `timestamp(selector)` gives the sample's own time, `timestamp(expression)` the step's. */
function* timestamps(evaluator: EvaluationContext, expr: Expr, steps: Steps): Stepwise<Column[]> {
  const selector = unwrap(expr);
  const own = new Map<Column, Float64Array>();
  const columns =
    selector?.kind === "vector_selector"
      ? yield* evaluator.instant(selector, steps, (column, ms) => own.set(column, ms))
      : yield* evaluator.vector(expr, steps);
  return columns.map((column) => {
    const out = newColumn(column.labels, steps.count, true);
    const ms = own.get(column);
    for (let step = 0; step < steps.count; step++) {
      if (column.kinds[step] !== ABSENT) putFloat(out, step, (ms?.[step] ?? timeOf(steps, step)) / 1000);
    }
    return out;
  });
}
