/**
 * The expressions behind `/v1/snapshot`, instant, one series a host or service. Names as the agent sends them
 * (OpenTelemetry semantic conventions in Prometheus form).
 */
export const HOST_QUERIES = {
  cpuBusy: '1 - max by (host_name) (system_cpu_utilization_ratio{cpu_mode="idle"})',
  memoryUsed: 'max by (host_name) (system_memory_utilization_ratio{system_memory_state="used"})',
  diskUsed: 'max by (host_name) (system_filesystem_utilization_ratio{system_filesystem_state="used"})',
  load1: "max by (host_name) (system_cpu_load_average_1m)",
} as const;

const DURATION = "http_server_request_duration_seconds";

export const SERVICE_QUERIES = {
  requestsPerSecond: `sum by (service_name) (histogram_count(rate(${DURATION}[2m])))`,
  p95Seconds: `histogram_quantile(0.95, sum by (service_name) (rate(${DURATION}[2m])))`,
  errorsPerSecond: `sum by (service_name) (histogram_count(rate(${DURATION}{http_response_status_code=~"5.."}[2m])))`,
} as const;

/** Label value → number, from the JSON of an instant vector; null values where a sample is no number. */
export function vectorByLabel(json: unknown, label: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  // The shape is Prometheus's and written by our own shard; anything else just finds nothing.
  const result = (json as { readonly data?: { readonly result?: unknown } } | null)?.data?.result;
  if (!Array.isArray(result)) return values;
  for (const sample of result as readonly {
    readonly metric?: Readonly<Record<string, string>>;
    readonly value?: readonly [number, string];
  }[]) {
    const value = Number(sample.value?.[1] ?? "NaN");
    if (Number.isFinite(value)) values.set(sample.metric?.[label] ?? "", value);
  }
  return values;
}
