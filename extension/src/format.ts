/** Numbers as people read them at the end of a line. Every function takes any number and never throws; NaN becomes "–". */

const significant = (value: number, digits: number): string => {
  const text = value.toPrecision(digits);
  const plain = text.includes("e") ? String(Math.round(value)) : text;
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
};

/** "340 µs", "12 ms", "1.24 s", "3.1 min". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const size = Math.abs(seconds);
  if (size === 0) return "0 ms";
  if (size < 0.0009995) return `${significant(seconds * 1e6, 3)} µs`;
  if (size < 0.9995) return `${significant(seconds * 1e3, 3)} ms`;
  if (size < 90) return `${significant(seconds, 3)} s`;
  if (size < 5400) return `${significant(seconds / 60, 2)} min`;
  if (size < 172_800) return `${significant(seconds / 3600, 2)} h`;
  return `${significant(seconds / 86_400, 2)} d`;
}

/** "4.2/s"; below one in ten seconds "3/min". */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "–";
  if (perSecond === 0) return "0/s";
  return Math.abs(perSecond) < 0.1
    ? `${significant(perSecond * 60, 2)}/min`
    : `${Math.abs(perSecond) < 10 ? significant(perSecond, 2) : formatCount(perSecond)}/s`;
}

/** "37%", "0.5%"; ratio 0–1. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return "–";
  const percent = ratio * 100;
  if (percent !== 0 && Math.abs(percent) < 0.01) return "<0.01%";
  return `${Math.abs(percent) >= 10 ? Math.round(percent) : significant(percent, 2)}%`;
}

/** "512 B", "1.5 KiB", "3.2 GiB". */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${significant(value, 3)} ${units[unit]}`;
}

/** "1.24", "12.3k", "4.5M". */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return value.toExponential(1);
  if (size < 10_000) return significant(value, size < 1000 ? 3 : 4);
  if (size < 1e6) return `${significant(value / 1e3, 3)}k`;
  if (size < 1e9) return `${significant(value / 1e6, 3)}M`;
  return `${significant(value / 1e9, 3)}G`;
}

/** By the unit a metric declares or its name ends with (OpenMetrics words). */
export function formatMetricValue(metric: string, unit: string, value: number): string {
  const known = unit === "" ? unitOfName(metric) : unit;
  if (known === "seconds") return formatSeconds(value);
  if (known === "bytes") return formatBytes(value);
  if (known === "ratio") return formatRatio(value);
  return known === "" ? formatCount(value) : `${formatCount(value)} ${known}`;
}

export function unitOfName(metric: string): string {
  const base = metric.replace(/_(total|sum|bucket)$/, "");
  return ["seconds", "bytes", "ratio"].find((unit) => base.endsWith(`_${unit}`)) ?? "";
}

/** "just now", "40 s ago", "3 min ago", "2 h ago". */
export function formatAgo(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 2) return "just now";
  return `${formatSeconds(seconds)} ago`;
}

/** "5m", "15m", "1h", "24h", "7d" to ms; null when it is not one. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+)(s|m|h|d)$/.exec(text.trim());
  if (match === null) return null;
  const scale = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as "s" | "m" | "h" | "d"];
  return Number(match[1]) * scale;
}
