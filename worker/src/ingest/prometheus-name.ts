import { putLabel } from "@sightline/shared/model/labels";

/**
 * Names of other systems as Prometheus's classic alphabet has them: every other character of ASCII is one `_`, a leading digit gets one before
 * it. What is beyond ASCII stays: names of another script would all become one.
 */
const ILLEGAL_IN_LABEL = /[^a-zA-Z0-9_\u{80}-\u{10FFFF}]/gu;
const ILLEGAL_IN_METRIC = /[^a-zA-Z0-9_:\u{80}-\u{10FFFF}]/gu;

const withoutLeadingDigit = (name: string): string => (/^\d/.test(name) ? `_${name}` : name);

const prometheusLabelName = (name: string): string => withoutLeadingDigit(name.replace(ILLEGAL_IN_LABEL, "_"));
export const prometheusMetricName = (name: string): string => withoutLeadingDigit(name.replace(ILLEGAL_IN_METRIC, "_"));

/**
 * Labels from pairs of another system. Where two names become one, their values are joined by `;` in the order of the
 * names as they were (OpenTelemetry–Prometheus compatibility, "Metric Attributes").
 */
export function prometheusLabels(
  pairs: readonly (readonly [name: string, value: string])[],
  labelName: (name: string) => string = prometheusLabelName,
): Record<string, string> {
  const labels: Record<string, string> = {};
  const sorted = pairs.length < 2 ? pairs : [...pairs].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  for (const [name, value] of sorted) {
    const label = labelName(name);
    putLabel(labels, label, Object.hasOwn(labels, label) ? `${labels[label] ?? ""};${value}` : value);
  }
  return labels;
}
