/** OpenMetrics metric types as Prometheus's metadata API names them. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "unknown";

/** What is known about a metric family; unit in UCUM words of OpenMetrics ("seconds", "bytes", "ratio"), empty when unknown. */
export interface MetricMetadata {
  readonly type: MetricType;
  readonly unit: string;
  readonly help: string;
}
