/** The labels of an alert, as Prometheus makes them: the series' without its name, then the rule's, then the rule's name. */
import { type Severity, severityOf } from "../model/alert.ts";
import { type Labels, METRIC_NAME } from "../model/labels.ts";
import { type AlertRule, ownLabels } from "../model/rule.ts";
import { readsMoment } from "../template/reads-moment.ts";

type Said = Pick<AlertRule, "name" | "severity" | "labels" | "builtIn">;

/** Of a rule whose labels make two of its alerts alike, in Prometheus's words. */
export const ALIKE = "vector contains metrics with the same labelset after applying alert labels";

/** The sample's labels without its name, then the rule's, an empty one taking its label away. */
export function withRuleLabels(labels: Labels, own: Readonly<Record<string, string>>): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const name of Object.keys(labels)) if (name !== METRIC_NAME) merged[name] = labels[name] ?? "";
  for (const [name, value] of Object.entries(own)) {
    if (value === "") delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

/** `render` expands the templates of the rule's labels. */
export const alertLabelsOf = (
  rule: Said,
  source: Labels,
  render: (texts: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Labels => ({ ...withRuleLabels(source, render(ownLabels(rule))), alertname: rule.name });

/**
 * Labels of the rule that follow the value, by name, templates unexpanded: with another text it is another alert, as labels are what Prometheus
 * tells alerts apart by. Null for nearly all rules, which have one alert a series.
 */
export function varyingLabels(rule: Said): Readonly<Record<string, string>> | null {
  const varying = Object.entries(ownLabels(rule)).filter(([, text]) => readsMoment(text));
  return varying.length === 0 ? null : Object.fromEntries(varying);
}

/** By which the alert is told, coloured and raised: its label where that is a severity of ours, else its rule's. */
export const alertSeverity = (rule: Pick<Said, "severity">, labels: Labels): Severity => severityOf(labels, rule.severity);
