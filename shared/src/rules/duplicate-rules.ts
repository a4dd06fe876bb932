import type { Labels } from "../model/labels.ts";
import type { RuleGroup } from "../model/rule.ts";
import { isRecording, ownLabels } from "../model/rule.ts";

/** What several rules are at once. */
export interface DuplicateRule {
  /** What is recorded, or the alert's name. */
  readonly metric: string;
  readonly labels: Labels;
}

/**
 * Rules that make the same series or alerts, whatever their expressions, each named once, in order of name and labels: promtool's
 * lint `duplicate-rules`. They are no error: two rules of one alert may be meant, two recordings of one series hardly.
 */
export function duplicateRules(groups: readonly RuleGroup[]): readonly DuplicateRule[] {
  const seen = new Map<string, { readonly rule: DuplicateRule; count: number }>();
  for (const rule of groups.flatMap((group) => group.rules)) {
    const own = Object.entries(isRecording(rule) ? rule.labels : ownLabels(rule)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([rule.name, own]);
    const one = seen.get(key) ?? { rule: { metric: rule.name, labels: Object.fromEntries(own) }, count: 0 };
    one.count++;
    seen.set(key, one);
  }
  return [...seen]
    .filter(([, { count }]) => count > 1)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { rule }]) => rule);
}
