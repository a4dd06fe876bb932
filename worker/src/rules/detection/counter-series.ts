import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import { type MetricMetadata, withoutClassicPart } from "@sightline/shared/model/metric";

/** By the metadata, or by the ending `_total` where there are none. */
export const isCounter = (labels: Labels, { type }: MetricMetadata): boolean =>
  type === "counter" || (type === "unknown" && (labels[METRIC_NAME] ?? "").endsWith("_total"));

/** What detectors look at: of a counter its rate, of a native histogram the mean, which parts of classic ones are not. */
export function judgedBy(labels: Labels, metadata: MetricMetadata): "value" | "rate" | "mean" {
  if (isCounter(labels, metadata)) return "rate";
  const name = labels[METRIC_NAME] ?? "";
  return metadata.type === "histogram" && name === withoutClassicPart(name) ? "mean" : "value";
}
