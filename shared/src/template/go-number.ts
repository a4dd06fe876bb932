/** Go's text of floats and back (strconv), where JavaScript's own differs. */

/** Digits beyond those asked for by which a tie is told: no float is closer to a shorter number without being it. */
const PROBE = 30;
const MOST_DIGITS = 100;

/** `%.{places}f`: of two nearest texts the one that ends even, where toFixed takes the larger; exact also above 1e21, where it gives up. */
export function fixedText(value: number, places: number): string {
  const wanted = Math.min(places, MOST_DIGITS - PROBE);
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${wanted > 0 ? `.${"0".repeat(wanted)}` : ""}`;
  return evenOfTie(value.toFixed(wanted), value.toFixed(wanted + PROBE)).replace(/\.$/, "");
}

/** `%.{places}e`, with as many digits of exponent as it takes. */
export function exponentialText(value: number, places: number): string {
  const wanted = Math.min(places, MOST_DIGITS - PROBE);
  const [near = "", exponent = ""] = value.toExponential(wanted).split("e");
  const [exact = "", power = ""] = value.toExponential(wanted + PROBE).split("e");
  const even = evenOfTie(near, exact).replace(/\.$/, "");
  return even === near ? `${near}e${exponent}` : `${even}e${power}`;
}

/** `near` unless `exact` lies in the middle between it and an even digit. */
function evenOfTie(near: string, exact: string): string {
  if (!/^50*$/.test(exact.slice(-PROBE))) return near;
  const below = exact.slice(0, -PROBE);
  return /[02468]\.?$/.test(below) ? below : near;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i;

/** As strconv.ParseFloat reads it; undefined for what it refuses. */
export function readFloat(text: string): number | undefined {
  const value = valueOf(text);
  return typeof value === "number" ? value : undefined;
}

/** As strconv.ParseFloat reads it, `0x1p3` and `1_000` too. Throws Error in its words. */
export function parseFloatText(text: string): number {
  const value = valueOf(text);
  if (typeof value === "number") return value;
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: ${value}`);
}

type Refused = "invalid syntax" | "value out of range";

/** An error is dear where none is shown: each query reads its times here. */
function valueOf(text: string): number | Refused {
  if (DECIMAL.test(text)) return finite(Number(text));
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/__|_$|^[+-]?_|_[^0-9a-f]|[^0-9a-fx]_/i.test(text)) return "invalid syntax";
  const digits = text.replaceAll("_", "");
  const hex = HEXADECIMAL.exec(digits);
  if (hex === null) return DECIMAL.test(digits) ? finite(Number(digits)) : "invalid syntax";
  const [, sign, whole = "", fraction = "", power] = hex;
  if (whole + fraction === "") return "invalid syntax";
  return finite((sign === "-" ? -1 : 1) * Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length));
}

const finite = (value: number): number | Refused => (Number.isFinite(value) ? value : "value out of range");
