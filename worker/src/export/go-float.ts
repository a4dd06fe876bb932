/**
 * Floats as Go's `strconv.FormatFloat(v, 'g', -1, 64)` prints them, which is what Prometheus's text format holds: the
 * shortest digits that read back exactly, with an exponent of at least two digits below 1e-4 and from 1e6 up. -0 keeps
 * its sign.
 */
export function goFloat(value: number): string {
  if (value !== value) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const magnitude = value < 0 ? -value : value;
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  const digits = exponent.slice(1);
  return `${mantissa}e${exponent[0] ?? "+"}${digits.length < 2 ? `0${digits}` : digits}`;
}
