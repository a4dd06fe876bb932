/** Several alerts of one series, where the rule's labels follow the value: the condition holds for one of them at a time. */
import type { AlertInstanceState } from "../alerting/alert-state.ts";
import { type Labels, seriesKey } from "../model/labels.ts";
import { withRuleLabels } from "./alert-labels.ts";

/** What tells series apart: their labels without the name. */
export const sourceKey = (source: Labels): string => seriesKey(withRuleLabels(source, {}));

export const isOpen = ({ state }: AlertInstanceState): boolean => state === "pending" || state === "firing";

/** Of the open alerts the one that is not yet ending, or ends last: what recovery and gaps are about. */
export function goingOn<T extends { readonly state: AlertInstanceState | null }>(alerts: Iterable<T>): T | undefined {
  let found: T | undefined;
  let until = -Infinity;
  for (const alert of alerts) {
    const { state } = alert;
    if (state === null || !isOpen(state)) continue;
    const ceasedAt = state.ceasedAt ?? Infinity;
    if (found !== undefined && ceasedAt <= until) continue;
    found = alert;
    until = ceasedAt;
  }
  return found;
}

/** The same of many series, by `sourceKey`. */
export function goingOnBySeries<T extends { readonly source: Labels; readonly state: AlertInstanceState }>(
  alerts: Iterable<T>,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [key, own] of Map.groupBy(alerts, ({ source }) => sourceKey(source))) {
    const one = goingOn(own);
    if (one !== undefined) found.set(key, one);
  }
  return found;
}
