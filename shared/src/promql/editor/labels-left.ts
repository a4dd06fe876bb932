/** Which labels the series of each part of a query may have: what a selector's series have, less what groupings and matchings drop. */
import type { Binary, Call, Expr, VectorSelector } from "../ast.ts";
import { nodesOf } from "./selectors.ts";

type Names = ReadonlySet<string>;

/** Null where nobody can tell. */
export type LabelsLeft = ReadonlyMap<Expr, Names | null>;

const NONE: Names = new Set();
/** What their series are called is told by the text of their arguments, or by series that are not named there. */
const UNTOLD = new Set(["absent", "absent_over_time", "info", "timeseries_gen"]);
/** The label that the argument at 1 names is made. */
const MAKING = new Set(["label_replace", "label_join", "histogram_quantiles"]);

/** `stored` knows what a selector's series have. Never too few: what a part might have is among them. */
export function labelsLeft(expr: Expr, stored: (selector: VectorSelector) => Names | null): LabelsLeft {
  const known = new Map<Expr, Names | null>();
  const of = (part: Expr): Names | null => known.get(part) ?? null;
  const leftOf = (node: Expr): Names | null => {
    switch (node.kind) {
      case "vector_selector":
        return stored(node);
      case "matrix_selector":
        return of(node.selector);
      case "subquery":
      case "unary":
      case "paren":
        return of(node.expr);
      case "call":
        return UNTOLD.has(node.func) ? null : together([...node.args.map(of), madeBy(node)]);
      case "aggregate": {
        if (/^(topk|bottomk|limitk|limit_ratio)$/.test(node.op)) return of(node.expr);
        const made = node.op === "count_values" && node.param !== undefined ? textOf(node.param) : NONE;
        return together([narrowed(of(node.expr), node.grouping, !node.without), made]);
      }
      case "binary":
        return ofBoth(node, of(node.left), of(node.right));
      default:
        return NONE;
    }
  };
  // Parts before the whole.
  for (const node of [...nodesOf(expr)].toReversed()) known.set(node, leftOf(node));
  return known;
}

function ofBoth({ op, matching }: Binary, left: Names | null, right: Names | null): Names | null {
  if (op === "and" || op === "unless") return left;
  if (matching === undefined || op === "or") return together([left, right]);
  const { cardinality, on, labels, include } = matching;
  if (cardinality === "one-to-one") return narrowed(together([left, right]), labels, on);
  return together([cardinality === "one-to-many" ? right : left, new Set(include), on ? new Set(labels) : NONE]);
}

const madeBy = ({ func, args: [, label] }: Call): Names | null => (MAKING.has(func) && label !== undefined ? textOf(label) : NONE);

function textOf(expr: Expr): Names | null {
  if (expr.kind === "paren") return textOf(expr.expr);
  return expr.kind === "string" ? new Set([expr.value]) : null;
}

/** Those of the list, or those that it does not name. */
const narrowed = (names: Names | null, list: readonly string[], keeps: boolean): Names | null =>
  names === null ? null : new Set([...names].filter((name) => list.includes(name) === keeps));

function together(parts: readonly (Names | null)[]): Names | null {
  let all: Names = NONE;
  for (const part of parts) {
    if (part === null) return null;
    if (part.size > 0) all = all.size === 0 ? part : new Set([...all, ...part]);
  }
  return all;
}
