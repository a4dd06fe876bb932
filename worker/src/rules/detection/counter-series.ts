import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import { familyOf, type MetricMetadata, type MetricType, withoutClassicPart } from "@sightline/shared/model/metric";

/** Endings that OpenMetrics gives to what counts up; others give them to gauges, too: `system_process_count`. */
export const COUNTER_NAME = /_(?:total|count|sum|bucket)$/;

/** What a metric of a known type surely is: a counter, also as a part of a classic histogram or of a summary. */
export const isCounterOf = (name: string, type: MetricType): boolean =>
  type === "counter" || ((type === "histogram" || type === "summary") && familyOf(name, type) !== name);

/** The same, or by the ending `_total` where the type is not known. */
const isCounter = (labels: Labels, { type }: MetricMetadata): boolean => {
  const name = labels[METRIC_NAME] ?? "";
  return isCounterOf(name, type) || (type === "unknown" && name.endsWith("_total"));
};

/** What detectors look at: of a counter its rate, of a native histogram the mean. */
export function judgedBy(labels: Labels, metadata: MetricMetadata): "value" | "rate" | "mean" {
  if (isCounter(labels, metadata)) return "rate";
  const name = labels[METRIC_NAME] ?? "";
  return metadata.type === "histogram" && name === withoutClassicPart(name) ? "mean" : "value";
}
