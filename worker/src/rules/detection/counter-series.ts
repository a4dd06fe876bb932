import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";

/** By the metadata, or by the ending `_total` where there are none. */
export const isCounter = (labels: Labels, { type }: MetricMetadata): boolean =>
  type === "counter" || (type === "unknown" && (labels[METRIC_NAME] ?? "").endsWith("_total"));
