import type { RecentAnomaly } from "@sightline/shared/model/insight";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";

export interface DescribedSeries {
  readonly labels: Labels;
  readonly metadata: MetricMetadata;
}

/** The same with what the series is judged by. */
export interface JudgedAs extends DescribedSeries {
  readonly judgedBy: RecentAnomaly["judgedBy"];
}
