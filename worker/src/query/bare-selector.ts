import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { parseQuery } from "@sightline/shared/promql/engine";
import { printExpr } from "@sightline/shared/promql/format/print";

export interface BareSelector {
  /** The metric that it names; "" for several. */
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** `func(selector[range])`, with what the selector has of `offset` and `@`. */
  readonly over: (func: string, rangeMs: number) => string;
}

/** Of a query that is one selector and nothing else; undefined for any other query. */
export function bareSelector(query: string): BareSelector | undefined {
  const parsed = parseQuery(query);
  if (!parsed.ok || parsed.value.kind !== "vector_selector" || parsed.value.extension !== undefined) return undefined;
  const selector = parsed.value;
  const { matchers, span } = selector;
  return {
    metric: matchers.find(({ name, op }) => name === METRIC_NAME && op === "=")?.value ?? "",
    matchers,
    over: (func, range) => `${func}(${printExpr({ kind: "matrix_selector", selector, range, span })})`,
  };
}
