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
  try {
    return parseFloatText(text);
  } catch {
    return undefined;
  }
}

/** As strconv.ParseFloat reads it, `0x1p3` and `1_000` too. Throws Error in its words. */
export function parseFloatText(text: string): number {
  const invalid = new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/__|_$|^[+-]?_|_[^0-9a-f]|[^0-9a-fx]_/i.test(text)) throw invalid;
  const digits = text.replaceAll("_", "");
  let value: number;
  const hex = HEXADECIMAL.exec(digits);
  if (hex !== null) {
    const [, sign, whole = "", fraction = "", power] = hex;
    if (whole + fraction === "") throw invalid;
    value = (sign === "-" ? -1 : 1) * Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length);
  } else if (DECIMAL.test(digits)) value = Number(digits);
  else throw invalid;
  if (!Number.isFinite(value)) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}
