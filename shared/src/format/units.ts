/** Numbers as people read them: three significant digits, IEC bytes, the time unit that fits. */

/** `ratio` is 0–1 and shown as percent. */
export const UNITS = ["none", "ratio", "bytes", "bytes/s", "seconds", "count", "per_second"] as const;
export type Unit = (typeof UNITS)[number];

const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;
const SI = ["", "k", "M", "G", "T"] as const;

/** In the largest unit there is: from here on powers of ten are read more easily than digits. */
const BEYOND_PREFIXES = 1e6;

export interface UnitScale {
  /** Multiplies the value. */
  readonly factor: number;
  readonly suffix: string;
}

/** The scale in which a number of this magnitude reads best. */
export function scaleFor(magnitude: number, unit: Unit): UnitScale {
  const size = Number.isFinite(magnitude) ? Math.abs(magnitude) : 0;
  switch (unit) {
    case "ratio":
      return { factor: 100, suffix: "%" };
    case "bytes":
    case "bytes/s": {
      const power = size < 1 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), IEC.length - 1);
      return { factor: 1 / 1024 ** power, suffix: ` ${IEC[power] ?? "B"}${unit === "bytes/s" ? "/s" : ""}` };
    }
    case "seconds":
      return secondsScale(size);
    case "none":
    case "count":
    case "per_second": {
      const power = size < 1000 || size >= BEYOND_PREFIXES * 1e12 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), SI.length - 1);
      const prefix = SI[power] ?? "";
      return { factor: 1 / 1000 ** power, suffix: unit === "per_second" ? `${prefix === "" ? "" : ` ${prefix}`}/s` : prefix };
    }
  }
}

function secondsScale(size: number): UnitScale {
  if (size === 0) return { factor: 1000, suffix: " ms" };
  if (size < 0.9995e-6) return { factor: 1e9, suffix: " ns" };
  if (size < 0.9995e-3) return { factor: 1e6, suffix: " µs" };
  if (size < 0.9995) return { factor: 1e3, suffix: " ms" };
  if (size < 120) return { factor: 1, suffix: " s" };
  if (size < 7200) return { factor: 1 / 60, suffix: " min" };
  return size < 172_800 ? { factor: 1 / 3600, suffix: " h" } : { factor: 1 / 86_400, suffix: " d" };
}

function digits(value: number, significant: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 10 ** (significant - 1)) return 0;
  return Math.min(significant - 1 - Math.floor(Math.log10(size)), 4);
}

/** "12.4 MiB", "37.5%", "182 ms"; "–" for what is no number. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  const { factor, suffix } = scaleFor(value, unit);
  const scaled = value * factor;
  const size = Math.abs(scaled);
  if (size > 0 && size < 0.00005) return `${exponential(scaled, 1)}${suffix}`;
  if (size >= BEYOND_PREFIXES) return `${exponential(scaled, 2)}${suffix}`;
  const decimals =
    unit === "ratio" && (size === 0 || size >= 0.05)
      ? size >= 99.95
        ? 0
        : 1
      : Number.isInteger(scaled)
        ? 0
        : digits(scaled, size < 1 ? 2 : 3);
  return `${minus(scaled.toFixed(decimals))}${suffix}`;
}

/** As `formatValue` without zeros at the end of the decimals: for sentences, where nothing must line up. */
export function formatBrief(value: number | null | undefined, unit: Unit): string {
  return formatValue(value, unit)
    .replace(/(\.\d*?)0+(?!\d)/, "$1")
    .replace(/\.(?!\d)/, "");
}

/** The unit of what somebody named; what is none of these is counted. */
export const unitNamed = (unit: string): Unit => (unit === "bytes" || unit === "ratio" || unit === "seconds" ? unit : "count");

/** `formatBrief` of an amount in the unit of that name. */
export const formatAmount = (value: number, unit: string): string => formatBrief(value, unitNamed(unit));

/** Objectives live in their last digits: 0.9995 is "99.95%" and must not become 100%. */
export const formatObjective = (ratio: number): string => `${Number((ratio * 100).toFixed(3))}%`;

/** Labels of an axis: one scale and one number of decimals for all, so that they line up. */
export function formatTicks(ticks: readonly number[], unit: Unit): readonly string[] {
  const largest = ticks.reduce((most, tick) => Math.max(most, Math.abs(tick)), 0);
  const { factor, suffix } = scaleFor(largest, unit);
  const step = ticks.length < 2 ? largest : Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0));
  if (largest * factor >= BEYOND_PREFIXES) return ticks.map((tick) => `${exponential(tick * factor, 2)}${suffix}`);
  const decimals = decimalsOf(step * factor);
  return ticks.map((tick) => `${minus((tick * factor).toFixed(decimals))}${suffix}`);
}

function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 4; decimals++) {
    if (Math.abs(step - Number(step.toFixed(decimals))) < step * 1e-3) return decimals;
  }
  return 4;
}

const exponential = (value: number, decimals: number): string => minus(value.toExponential(decimals)).replace("e+", "e");

function minus(text: string): string {
  const positiveZero = /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
  return positiveZero.replaceAll("-", "−");
}
