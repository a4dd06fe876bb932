import { METRIC_NAME } from "@sightline/shared/model/labels";
import { parseQuery } from "@sightline/shared/promql/engine";

/** Of a query that is one selector and nothing else: the metric that it names, "" for several; undefined for any other query. */
export function bareSelector(query: string): { readonly metric: string } | undefined {
  const parsed = parseQuery(query);
  if (!parsed.ok || parsed.value.kind !== "vector_selector" || parsed.value.extension !== undefined) return undefined;
  const { name, matchers } = parsed.value;
  return { metric: name !== "" ? name : (matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.op === "=")?.value ?? "") };
}
