import { budgetOf, parseMetricSelector } from "@sightline/shared/promql/parse/metric-selector";
import { HttpFailure } from "./http-failure.ts";

/** Shards refuse more, whatever they say. */
const MOST_CHECKED = 256;

/** What `match[]` gave, each a selector and nothing else. Throws in Prometheus's words: `/api/v1/series` names the parameter, others do not. */
export function checkSelectors(selectors: readonly string[], before = ""): void {
  const checked = selectors.slice(0, MOST_CHECKED);
  const expressions = budgetOf(checked);
  for (const text of checked) {
    const parsed = parseMetricSelector(text, expressions);
    if (!parsed.ok) throw new HttpFailure(parsed.error.code, before + parsed.error.message);
  }
}
