/** By what alerting rules are known again in another configuration. */
import { seriesKey } from "@sightline/shared/model/labels";
import { type AlertRule, type Rule, isRecording } from "@sightline/shared/model/rule";

/** Written with its alerts. */
export const definitionOf = ({ expr, severity, labels }: AlertRule): string => `${expr}\u00FF${severity}\u00FF${seriesKey(labels)}`;

const HISTOGRAMS = "\u00FFhistograms";

/** Of the half of a streaming rule that judges native histograms. */
export const definitionOfHistograms = (rule: AlertRule): string => definitionOf(rule) + HISTOGRAMS;

/**
 * What carries alerts over to another configuration, beside the rule's name: its severity and labels, as Prometheus's (rules/group.go,
 * CopyState). An alert that a changed expression does not give any more ends when that is first evaluated.
 */
export const carriedBy = (definition: string): string => definition.slice(definition.indexOf("\u00FF") + 1);

const whole = (definition: string): string => definition;
const ofBothHalves = (definition: string): string =>
  definition.endsWith(HISTOGRAMS) ? definition.slice(0, -HISTOGRAMS.length) : definition;

/** An alert that is there, by the rule that raised it. */
export interface Raised {
  readonly ruleId: string;
  readonly definition: string;
  readonly told: { readonly rule: string };
}

/**
 * Names of rules made unique within the configuration, as several may have one name and be told apart by their labels. A rule that has alerts
 * keeps the id that these have, whatever comes or goes before it; of rules alike first the one whose expression is the same.
 */
export function ruleIds(rules: readonly Rule[], alerts: Iterable<Raised>): ReadonlyMap<Rule, string> {
  const raised = Map.groupBy(alerts, ({ told }) => told.rule);
  const alerting = rules.filter((rule): rule is AlertRule => !isRecording(rule));
  const ids = new Map<Rule, string>();
  const taken = new Set<string>();
  const give = (rule: Rule, id: string): void => {
    ids.set(rule, id);
    taken.add(id);
  };
  for (const meaning of [whole, carriedBy])
    for (const rule of alerting) {
      if (ids.has(rule)) continue;
      const sought = meaning(definitionOf(rule));
      const own = raised.get(rule.name)?.find((one) => !taken.has(one.ruleId) && meaning(ofBothHalves(one.definition)) === sought);
      if (own !== undefined) give(rule, own.ruleId);
    }
  for (const rule of alerting) {
    if (ids.has(rule)) continue;
    let id = rule.name;
    for (let twin = 2; taken.has(id); twin++) id = `${rule.name}#${twin}`;
    give(rule, id);
  }
  return ids;
}
