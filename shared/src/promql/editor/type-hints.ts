/** Functions that do not fit the type of a metric, and quantiles that cannot be: right by the grammar, wrong by their meaning. */
import type { Aggregate, Call, Expr } from "../ast.ts";
import { tokensOf } from "../parse/tokens.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { LabelsLeft } from "./labels-left.ts";
import { type MetricFacts, factsOf } from "./metadata.ts";
import { metricOf, metricSpan, nodesOf, selectorsIn } from "./selectors.ts";

type Facts = Readonly<Record<string, readonly MetricFacts[]>>;

const FOR_COUNTERS: Readonly<Record<string, string>> = { rate: "deriv", irate: "idelta", increase: "delta" };
/** Of no native histogram. */
const PLAIN = new Set(["gauge", "counter", "summary"]);
const FOR_GAUGES: Readonly<Record<string, string>> = { delta: "increase", idelta: "irate", deriv: "rate", predict_linear: "rate" };

export function typeHints(text: string, expr: Expr, facts: Facts, labels: LabelsLeft): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const node of nodesOf(expr)) {
    if (node.kind !== "call") continue;
    found.push(...counterHints(node, facts));
    if (node.func === "histogram_quantile") found.push(...quantileHints(text, node, facts, labels));
  }
  return found;
}

function counterHints(call: Call, facts: Facts): readonly Diagnostic[] {
  const name = { from: call.span.from, to: call.span.from + call.func.length };
  const range = bare(call.args[0]);
  if (range?.kind === "subquery" && FOR_COUNTERS[call.func] !== undefined && bare(range.expr)?.kind === "aggregate") {
    const message = `${call.func}() of an aggregate takes a series that ended or restarted for a reset of the whole: aggregate the ${call.func}() of each series instead`;
    return [{ ...name, severity: "warning", code: "increase_of_aggregate", message, fixes: [] }];
  }
  if (range?.kind !== "matrix_selector") return [];
  const metric = metricOf(range.selector);
  const type = factsOf(facts, metric)?.type ?? "unknown";
  const other = type === "gauge" ? FOR_COUNTERS[call.func] : type === "counter" ? FOR_GAUGES[call.func] : undefined;
  if (other === undefined) return [];
  const gauge = type === "gauge";
  const message = gauge
    ? `${metric} is a gauge: ${call.func}() takes every fall for a reset; use ${other}()`
    : `${metric} is a counter: ${call.func}() does not know of resets; use ${other}()`;
  const fixes = call.func === "predict_linear" ? [] : [{ title: `Use ${other}()`, edit: { ...name, text: other } }];
  return [{ ...name, severity: "warning", code: gauge ? "rate_of_gauge" : "delta_of_counter", message, fixes }];
}

function quantileHints(text: string, call: Call, facts: Facts, labels: LabelsLeft): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const [q, input] = call.args;
  const quantile = bare(q);
  if (quantile?.kind === "number" && !(quantile.value >= 0 && quantile.value <= 1)) {
    const percent = quantile.value > 1 && quantile.value <= 100;
    const message = `A quantile is between 0 and 1${percent ? `: ${quantile.value}% is ${quantile.value / 100}` : ""}`;
    const fixes = percent
      ? [{ title: `Change to ${quantile.value / 100}`, edit: { ...quantile.span, text: String(quantile.value / 100) } }]
      : [];
    found.push({ ...quantile.span, severity: "warning", code: "quantile_range", message, fixes });
  }
  if (input !== undefined) found.push(...boundHints(text, input, facts, labels));
  return found;
}

/** Only the buckets of a classic histogram carry le. */
function boundHints(text: string, input: Expr, facts: Facts, labels: LabelsLeft): readonly Diagnostic[] {
  const outer = bare(input);
  const selectors = selectorsIn(input);
  const [selector] = selectors;
  if (selector === undefined) return [];
  const metric = metricOf(selector);
  const isBucket = metric.endsWith("_bucket") && !(Object.hasOwn(facts, metric) && facts[metric]?.[0]?.type === "histogram");
  if (outer?.kind === "aggregate" && isBucket && outer.grouping.includes("le") === outer.without) {
    const message = "Without le the buckets of different bounds are added up: keep it in the grouping";
    const place = { from: outer.span.from, to: outer.span.from + outer.op.length };
    return [{ ...place, severity: "warning", code: "missing_le", message, fixes: leFixes(text, outer) }];
  }
  const types = selectors.map((each) => factsOf(facts, metricOf(each))?.type ?? "");
  if (labels.get(input)?.has("le") !== false || !types.every((type) => PLAIN.has(type))) return [];
  const has = labels.get(selector)?.has("le") === true;
  const message = has
    ? `Of ${metric} no le is left here, which tells the buckets of a histogram apart: there is no quantile of it`
    : `${metric} is a ${types[0] ?? ""} without the label le, which tells the buckets of a histogram apart: there is no quantile of it`;
  return [{ ...metricSpan(text, selector), severity: "warning", code: "missing_le", message, fixes: [] }];
}

function leFixes(text: string, aggregate: Aggregate): Diagnostic["fixes"] {
  const title = "Add le to the grouping";
  if (aggregate.without) return [];
  const inside = tokensOf(text.slice(aggregate.span.from, aggregate.span.to));
  const by = inside.findIndex((token) => token.text.toLowerCase() === "by");
  const open = by === -1 ? undefined : inside[by + 1];
  if (open?.text === "(") {
    const at = aggregate.span.from + open.from + 1;
    return [{ title, edit: { from: at, to: at, text: aggregate.grouping.length === 0 ? "le" : "le, " } }];
  }
  const at = aggregate.span.from + aggregate.op.length;
  return [{ title, edit: { from: at, to: at, text: text[at] === " " ? " by (le)" : " by (le) " } }];
}

function bare(expr: Expr | undefined): Expr | undefined {
  let inner = expr;
  while (inner?.kind === "paren") inner = inner.expr;
  return inner;
}
