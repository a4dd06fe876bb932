import type { InhibitRule } from "@sightline/shared/alerting/routing";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { matchedLabels } from "./silence-matching.ts";
import { isOpen, type RoutedAlert } from "./routed-alert.ts";

/** Of the sources of one rule with equal labels: one that is no target of the rule, and one that is both. */
interface Sources {
  plain?: RoutedAlert;
  twoSided?: RoutedAlert;
}

const keyOf = (rule: InhibitRule, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(rule.equal.map((name) => labels[name] ?? ""));

/**
 * Who holds whom back, as Alertmanager's inhibitor decides it: while a source fires, targets with equal values of the
 * `equal` labels are not told. An alert that is on both sides of a rule is held only by one that is source alone.
 */
export class Inhibition {
  readonly rules: readonly InhibitRule[];
  readonly #sources: readonly Map<string, Sources>[];

  /** `open`: every alert that fires, acknowledged or not; only asked for when there are rules. */
  constructor(rules: readonly InhibitRule[], open: () => readonly RoutedAlert[]) {
    this.rules = rules;
    this.#sources = rules.map(() => new Map<string, Sources>());
    if (rules.length === 0) return;
    for (const alert of open()) {
      const labels = matchedLabels(alert);
      rules.forEach((rule, i) => {
        if (!isOpen(alert) || !matchesLabels(rule.source, labels)) return;
        const key = keyOf(rule, labels);
        const sources: Sources = this.#sources[i]?.get(key) ?? {};
        if (matchesLabels(rule.target, labels)) sources.twoSided ??= alert;
        else sources.plain ??= alert;
        this.#sources[i]?.set(key, sources);
      });
    }
  }

  /** The firing alert that holds this one back; null when none does. */
  inhibitorOf(alert: RoutedAlert): RoutedAlert | null {
    const labels = matchedLabels(alert);
    for (let i = 0; i < this.rules.length; i++) {
      const rule = this.rules[i];
      if (rule === undefined || !matchesLabels(rule.target, labels)) continue;
      const sources = this.#sources[i]?.get(keyOf(rule, labels));
      if (sources === undefined) continue;
      const source = sources.plain ?? (matchesLabels(rule.source, labels) ? undefined : sources.twoSided);
      if (source !== undefined) return source;
    }
    return null;
  }
}

/** Whether the alert can hold others back, so that its end is their news. */
export const isSource = (rules: readonly InhibitRule[], alert: RoutedAlert): boolean => {
  const labels = matchedLabels(alert);
  return rules.some(({ source }) => matchesLabels(source, labels));
};
