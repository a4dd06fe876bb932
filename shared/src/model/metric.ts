/** OpenMetrics metric types as Prometheus's metadata API names them. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "unknown" | "gaugehistogram" | "info" | "stateset";

/** By the numbers that frames and stored definitions give them: append only, and three bits hold no more. */
export const METRIC_TYPES: readonly MetricType[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "summary",
  "gaugehistogram",
  "info",
  "stateset",
];

/** What is known about a metric family; unit in UCUM words of OpenMetrics ("seconds", "bytes", "ratio"), empty when unknown. */
export interface MetricMetadata {
  readonly type: MetricType;
  readonly unit: string;
  readonly help: string;
}

const CLASSIC_PART = /_(bucket|count|sum)$/;

/** A name without what the parts of classic histograms and summaries append to that of their family; the name itself without any. */
export const withoutClassicPart = (name: string): string => name.replace(CLASSIC_PART, "");

/** The family that a metric of this type belongs to. */
export const familyOf = (name: string, type: MetricType): string =>
  type === "histogram" || type === "summary" || type === "gaugehistogram" ? withoutClassicPart(name) : name;

/** What the unit of a family is to one of its members: `http_duration_seconds_count` and `_bucket` count, whatever the seconds are of. */
export const unitOf = (name: string, declared: string): string =>
  declared !== "" && /_(?:bucket|count)$/.test(name) && withoutClassicPart(name).endsWith(`_${declared}`) ? "" : declared;
