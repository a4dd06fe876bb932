import { unitOf } from "../model/metric.ts";
import { formatBrief, type Unit } from "./units.ts";

/** OpenMetrics units that have a scale of their own. */
const SCALED = ["seconds", "bytes", "ratio"] as const satisfies readonly Unit[];
/** Other units of time, in seconds. */
const SECONDS: Readonly<Record<string, number>> = {
  nanoseconds: 1e-9,
  microseconds: 1e-6,
  milliseconds: 1e-3,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};
const DEGREES: Readonly<Record<string, string>> = { celsius: "°C", fahrenheit: "°F" };
const PERCENT = "percent";
const KNOWN: readonly string[] = [...SCALED, ...Object.keys(SECONDS), ...Object.keys(DEGREES), PERCENT];

/** By the unit a metric declares, or its name ends with when it declares none (""). */
export function formatMetricValue(metric: string, declaredUnit: string, value: number): string {
  const unit = declaredUnit === "" ? unitOfName(metric) : unitOf(metric, declaredUnit);
  const scaled = SCALED.find((known) => known === unit);
  if (scaled !== undefined) return formatBrief(value, scaled);
  if (Object.hasOwn(SECONDS, unit)) return formatBrief(value * (SECONDS[unit] as number), "seconds");
  if (unit === PERCENT) return `${formatBrief(value, "count")}%`;
  if (Object.hasOwn(DEGREES, unit)) return `${formatBrief(value, "count")} ${DEGREES[unit]}`;
  return unit === "" ? formatBrief(value, "count") : `${formatBrief(value, "count")} ${unit}`;
}

function unitOfName(metric: string): string {
  const base = metric.replace(/_(total|sum)$/, "");
  return KNOWN.find((unit) => base.endsWith(`_${unit}`)) ?? "";
}
