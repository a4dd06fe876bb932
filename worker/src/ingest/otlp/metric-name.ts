/** Units of UCUM as Prometheus writes them out (OpenTelemetry–Prometheus compatibility, "Metric Metadata"). */
const UNITS: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tebibytes",
  kBy: "kilobytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  B: "bytes",
  KB: "kilobytes",
  MB: "megabytes",
  GB: "gigabytes",
  TB: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent",
};
const PER: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  min: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

export interface PrometheusName {
  readonly name: string;
  /** For the metadata; empty where there is none. */
  readonly unit: string;
}

const tokensOf = (text: string): string[] => text.split(/[^a-zA-Z0-9:]+/u).filter((token) => token !== "");
const lookUp = (table: Readonly<Record<string, string>>, unit: string): string => (Object.hasOwn(table, unit) ? (table[unit] ?? "") : unit);

/** A part of a unit in words; annotations in braces say what is counted and are no unit. */
function words(table: Readonly<Record<string, string>>, part: string | undefined): string {
  const unit = (part ?? "").trim();
  return unit === "" || /[{}]/.test(unit) ? "" : tokensOf(lookUp(table, unit)).join("_");
}

/**
 * The name a metric has in Prometheus: characters outside the alphabet and runs of `_` become one `_`, the unit is
 * written out at the end unless it is there, then `_total` for counters and `_ratio` for gauges of unit 1. Null when
 * nothing of the name is left.
 */
export function prometheusName(name: string, unit: string, kind: "counter" | "gauge" | "other"): PrometheusName | null {
  let tokens = tokensOf(name);
  if (tokens.length === 0) return null;
  const slash = unit.indexOf("/");
  const main = words(UNITS, slash < 0 ? unit : unit.slice(0, slash));
  const per = slash < 0 ? "" : words(PER, unit.slice(slash + 1));
  const perWords = per === "" ? "" : `per_${per}`;
  if (main !== "" && !tokens.includes(main)) tokens.push(main);
  if (perWords !== "" && !`_${tokens.join("_")}_`.includes(`_${perWords}_`)) tokens.push(perWords);
  const ratio = unit === "1" && kind === "gauge";
  const suffix = kind === "counter" ? "total" : ratio ? "ratio" : null;
  if (suffix !== null) tokens = [...tokens.filter((token) => token !== suffix), suffix];
  const joined = tokens.join("_");
  return {
    name: /^\d/.test(joined) ? `_${joined}` : joined,
    unit: ratio ? "ratio" : [main, perWords].filter((part) => part !== "").join("_"),
  };
}

/** An attribute's name as a label's: as above, with `key_` before a leading digit. */
export function attributeLabelName(name: string): string {
  const label = name.replace(/[^a-zA-Z0-9]+/gu, "_");
  return /^\d/.test(label) ? `key_${label}` : label;
}
