import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { parseQuery } from "@sightline/shared/promql/engine";

export interface BareSelector {
  /** The metric that it names; "" for several. */
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** Of a query that is one selector and nothing else; undefined for any other query. */
export function bareSelector(query: string): BareSelector | undefined {
  const parsed = parseQuery(query);
  if (!parsed.ok || parsed.value.kind !== "vector_selector" || parsed.value.extension !== undefined) return undefined;
  const { matchers } = parsed.value;
  return { metric: matchers.find(({ name, op }) => name === METRIC_NAME && op === "=")?.value ?? "", matchers };
}
