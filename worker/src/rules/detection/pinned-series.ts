import type { Labels } from "@sightline/shared/model/labels";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { parseQuery } from "@sightline/shared/promql/parse/parse";

/** Whether a series is one that people pinned. A selector that this version cannot read pins nothing. */
export function pinnedSeries(selectors: readonly string[]): (labels: Labels) => boolean {
  const matchers = selectors.flatMap((selector) => {
    const parsed = parseQuery(selector);
    return parsed.ok && parsed.value.kind === "vector_selector" ? [parsed.value.matchers] : [];
  });
  return (labels) => matchers.some((each) => matchesLabels(each, labels));
}
