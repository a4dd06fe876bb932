/** Floats as Go's `strconv.FormatFloat(v, 'f', -1, 64)` prints them, which is what the Prometheus API sends: never an exponent. */
export function formatFloat(value: number): string {
  if (value === Math.floor(value) && value < 1e15 && value > -1e15 && value !== 0) return String(value);
  if (value !== value) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  const e = text.indexOf("e");
  if (e === -1) return text;
  const exponent = Number(text.slice(e + 1));
  const sign = value < 0 ? "-" : "";
  const [whole = "", fraction = ""] = text.slice(sign.length, e).split(".");
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return sign + (point >= digits.length ? digits + "0".repeat(point - digits.length) : `${digits.slice(0, point)}.${digits.slice(point)}`);
}

/**
 * Floats as Go's `%g` and `strconv.FormatFloat(v, 'g', -1, 64)` print them, as in Prometheus's messages, printed queries and
 * text format: an exponent of at least two digits below 1e-4 and from 1e6 up.
 */
export function formatFloatShort(value: number): string {
  const magnitude = value < 0 ? -value : value;
  if (magnitude === 0 || magnitude !== magnitude || magnitude === Infinity || (magnitude >= 1e-4 && magnitude < 1e6))
    return formatFloat(value);
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  const digits = exponent.slice(1);
  return `${mantissa}e${exponent[0] ?? "+"}${digits.length < 2 ? `0${digits}` : digits}`;
}

/** Label values that are numbers, as OpenMetrics writes them: `1.0`, `0.25`, `1e+06`. */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatFloatShort(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** A sample's value as the HTTP API writes it (Prometheus `util/jsonutil`): an exponent of at least two digits below 1e-6 and from 1e21 up, as JavaScript sets them. */
export function formatSample(value: number): string {
  if (value === Math.floor(value) && value < 1e15 && value > -1e15 && value !== 0) return String(value);
  if (value !== value || value === 0 || value === Infinity || value === -Infinity) return formatFloat(value);
  const text = String(value);
  // Only smaller ones can have an exponent of one digit.
  if (value >= 1e-6 || value <= -1e-6) return text;
  return text.at(-2) === "-" && text.at(-3) === "e" ? `${text.slice(0, -1)}0${text.slice(-1)}` : text;
}
