/** An expression as one line of text, as Prometheus prints its own tree (`promql/parser/printer.go`). */
import { METRIC_NAME } from "../../model/labels.ts";
import type { Matcher } from "../../model/matcher.ts";
import { sortTexts } from "../../model/text-order.ts";
import type { Aggregate, Binary, Duration, DurationExpr, Expr, MatrixSelector, Subquery, TimeModifiers, VectorSelector } from "../ast.ts";
import { formatFloat, formatFloatShort } from "../json/float-format.ts";
import { leftSpine } from "../left-spine.ts";
import { matchingOf } from "../parse/check.ts";
import { formatDuration, wholeMs } from "../parse/literals.ts";
import { quote } from "./quote.ts";

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Words that stand for something else where a metric's name may be; in quotes they are names. */
const TAKEN: ReadonlySet<string> = new Set(["inf", "nan", "atan2", "bool", "on", "ignoring", "group_left", "group_right", "offset"]);
const isBareName = (name: string): boolean => METRIC.test(name) && !TAKEN.has(name.toLowerCase());

const label = (name: string): string => (LABEL.test(name) ? name : quote(name));
const labels = (names: readonly string[]): string => `(${names.map(label).join(", ")})`;

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      if (!expr.duration) return formatFloat(expr.value);
      return formatDuration(Math.round(expr.value * 1000));
    case "string":
      return quote(expr.value);
    case "vector_selector":
      return `${selector(expr)}${extension(expr)}${modifiers(expr)}`;
    case "matrix_selector":
      return matrix(expr);
    case "subquery":
      return printExpr(expr.expr) + subquerySuffix(expr);
    case "call":
      return `${expr.func}(${expr.args.map(printExpr).join(", ")})`;
    case "aggregate":
      return `${aggregateHead(expr)}(${expr.param === undefined ? "" : `${printExpr(expr.param)}, `}${printExpr(expr.expr)})`;
    case "binary":
      return printRow(expr);
    case "unary":
      return expr.op + printExpr(expr.expr);
    case "paren":
      return `(${printExpr(expr.expr)})`;
  }
}

function printRow(expr: Binary): string {
  const spine = leftSpine(expr);
  let text = printExpr(spine[0].left);
  for (const node of spine) text += ` ${binaryOperator(node)} ${printExpr(node.right)}`;
  return text;
}

const matcher = ({ name, op, value }: Matcher): string => `${label(name)}${op}${quote(value)}`;

/** `{a="b",…}`, the name among the matchers. */
export const printSelector = (matchers: readonly Matcher[]): string => `{${matchers.map(matcher).join(",")}}`;

function selector(node: VectorSelector): string {
  const plain = isBareName(node.name);
  const named = (one: Matcher): boolean => one.name === METRIC_NAME && one.op === "=" && one.value === node.name && one.value !== "";
  const parts = node.matchers.filter((one) => !named(one)).map(matcher);
  sortTexts(parts);
  if (node.name !== "" && !plain) parts.unshift(quote(node.name));
  const name = plain ? node.name : "";
  return parts.length === 0 ? name : `${name}{${parts.join(",")}}`;
}

const extension = (node: VectorSelector): string => (node.extension === undefined ? "" : ` ${node.extension}`);

function matrix(node: MatrixSelector): string {
  return `${selector(node.selector)}[${printDuration(node.range)}]${extension(node.selector)}${modifiers(node.selector)}`;
}

function modifiers({ at, offset }: TimeModifiers): string {
  const fixed = at === undefined ? "" : typeof at === "number" ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
  return offset === 0 ? fixed : `${fixed} offset ${printDuration(offset)}`;
}

export const subquerySuffix = (node: Subquery): string =>
  `[${printDuration(node.range)}:${node.step === undefined ? "" : printDuration(node.step)}]${modifiers(node)}`;

/** What stands before the bracket of an aggregation. */
export function aggregateHead({ op, without, grouping }: Aggregate): string {
  if (without) return `${op} without ${labels(grouping)} `;
  return grouping.length > 0 ? `${op} by ${labels(grouping)} ` : op;
}

/** Operator, bool and matching clauses. */
export function binaryOperator(node: Binary): string {
  let text = `${node.op}${node.bool ? " bool" : ""}`;
  const matching = matchingOf(node);
  if (matching === undefined) return text;
  const grouped = matching.cardinality === "many-to-one" || matching.cardinality === "one-to-many";
  if (matching.labels.length > 0 || matching.on || grouped) text += ` ${matching.on ? "on" : "ignoring"} ${labels(matching.labels)}`;
  if (grouped) text += ` group_${matching.cardinality === "many-to-one" ? "left" : "right"} ${labels(matching.include)}`;
  const { fillLeft, fillRight } = matching;
  if (fillLeft !== undefined && fillLeft === fillRight) text += ` fill (${formatFloatShort(fillLeft)})`;
  else {
    if (fillLeft !== undefined) text += ` fill_left (${formatFloatShort(fillLeft)})`;
    if (fillRight !== undefined) text += ` fill_right (${formatFloatShort(fillRight)})`;
  }
  return text;
}

export const printDuration = (duration: Duration): string =>
  typeof duration === "number" ? formatDuration(duration) : durationExpr(duration);

function durationExpr(expr: DurationExpr): string {
  switch (expr.kind) {
    case "literal":
      return expr.duration ? formatDuration(wholeMs(expr.seconds)) : formatFloat(expr.seconds);
    case "paren":
      return `(${durationExpr(expr.operand)})`;
    case "step":
    case "range":
      return `${expr.kind}()`;
    case "minus":
      return `-${durationExpr(expr.operand)}`;
    case "binary":
      if (expr.op === "min_of" || expr.op === "max_of") return `${expr.op}(${durationExpr(expr.left)}, ${durationExpr(expr.right)})`;
      return `${durationExpr(expr.left)} ${expr.op} ${durationExpr(expr.right)}`;
  }
}
