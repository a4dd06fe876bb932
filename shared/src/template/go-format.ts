/** How Go's fmt prints values (https://pkg.go.dev/fmt): `%v` and the verbs that templates use. */
import { encodeUtf8 } from "../encoding/utf8.ts";
import { sortTexts } from "../model/text-order.ts";
import type { GoValue } from "./go-value.ts";
import { isList, isMap, isStruct, ownText, typeName } from "./go-value.ts";

const MAX_WIDTH = 1000;
const VERB = /%([-+# 0]*)(\*|\d+)?(?:\.(\d+)?)?([\s\S])?/gu;

export function sprintf(format: string, values: readonly GoValue[]): string {
  let next = 0;
  const text = format.replace(VERB, (whole: string, flags: string, width?: string, precision?: string, verb?: string) => {
    if (verb === undefined) return "%!(NOVERB)";
    if (verb === "%") return "%";
    let columns = width === undefined ? 0 : Number(width);
    if (width === "*") columns = Number(values[next++] ?? 0);
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next++] ?? null;
    const digits = whole.includes(".") ? Number(precision ?? 0) : undefined;
    const printed = print(verb, value, flags, digits) ?? `%!${verb}(${typeName(value)}=${formatValue(value)})`;
    return pad(printed, Math.min(columns, MAX_WIDTH), flags);
  });
  if (next >= values.length) return text;
  const extra = values.slice(next).map((value) => (value === null ? "<nil>" : `${typeName(value)}=${formatValue(value)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function pad(text: string, width: number, flags: string): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0")) return " ".repeat(missing) + text;
  const sign = /^[+-]/.test(text) ? text.charAt(0) : "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function print(verb: string, value: GoValue, flags: string, digits: number | undefined): string | null {
  const plus = flags.includes("+") && (typeof value === "number" || typeof value === "bigint") && !(Number(value) < 0) ? "+" : "";
  if (verb === "v") return plus + formatValue(value);
  if (verb === "T") return typeName(value);
  if (verb === "t") return typeof value === "boolean" ? String(value) : null;
  if (verb === "s" || verb === "q") {
    if (verb === "s" && (isList(value) || isMap(value))) return formatValue(value);
    const text = typeof value === "string" ? value : isStruct(value) && typeof value["String"] === "function" ? formatValue(value) : null;
    return verb === "s" || text === null ? (text?.slice(0, digits) ?? null) : JSON.stringify(text);
  }
  if (verb === "d") return typeof value === "bigint" ? plus + value : null;
  if (verb === "c") return typeof value === "bigint" ? String.fromCodePoint(Number(value)) : null;
  if (verb === "x" || verb === "X") {
    const hex =
      typeof value === "bigint"
        ? value.toString(16)
        : typeof value === "string"
          ? Array.from(encodeUtf8(value), (byte) => byte.toString(16).padStart(2, "0")).join("")
          : null;
    return verb === "X" ? (hex?.toUpperCase() ?? null) : hex;
  }
  if (typeof value !== "number") return null;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (verb === "f" || verb === "F") return plus + fixed(value, digits ?? 6);
  if (verb === "e" || verb === "E") return plus + exponent(value.toExponential(Math.min(digits ?? 6, 100)), verb);
  if (verb === "g" || verb === "G") return plus + general(value, digits);
  return null;
}

/** Exact also above 1e21, where toFixed gives up; of two nearest texts the one that ends even, where toFixed takes the larger. */
function fixed(value: number, digits: number): string {
  const places = Math.min(digits, 70);
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${places > 0 ? `.${"0".repeat(places)}` : ""}`;
  const text = value.toFixed(places);
  const exact = value.toFixed(places + 30);
  const tail = exact.slice(exact.length - 30);
  if (!/^50*$/.test(tail)) return text;
  const down = exact.slice(0, exact.length - 30).replace(/\.$/, "");
  return /[02468]$/.test(down) ? down : text;
}

/** Go writes at least two digits of exponent. */
const exponent = (text: string, verb = "e"): string =>
  text.replace(/e([+-])(\d+)$/, (_whole, sign: string, power: string) => `${verb}${sign}${power.padStart(2, "0")}`);

/** `%g`: shortest, or `digits` significant ones; an exponent below -4, or from 6 (shortest) or `digits` on. */
function general(value: number, digits: number | undefined): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const scientific = digits === undefined ? value.toExponential() : value.toExponential(Math.max(0, Math.min(digits, 100) - 1));
  const power = Number(scientific.slice(scientific.indexOf("e") + 1));
  const limit = digits === undefined ? 6 : Math.max(digits, 1);
  const [mantissa = ""] = scientific.split("e");
  const trimmed = digits === undefined || !mantissa.includes(".") ? mantissa : mantissa.replace(/\.?0+$/, "");
  if (power < -4 || power >= limit) return exponent(`${trimmed}e${power < 0 ? "-" : "+"}${Math.abs(power)}`);
  const plain = fixed(Number(scientific), Math.max(0, (mantissa.split(".")[1]?.length ?? 0) - power));
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

/** `%v`: what `{{ . }}` prints. */
export function formatValue(value: GoValue): string {
  if (value === null) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "number")
    return Number.isFinite(value) ? general(value, undefined) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "function") return "<func>";
  const own = isList(value) || isMap(value) ? ownText(value) : null;
  if (own !== null) return own;
  if (isList(value)) return `[${value.map(formatValue).join(" ")}]`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${formatValue(value.get(key) ?? null)}`)
      .join(" ")}]`;
  if (isStruct(value)) {
    if (typeof value["String"] === "function") return formatValue(value["String"]());
    return `{${Object.values(value)
      .filter((each) => typeof each !== "function")
      .map((each) => formatValue(each ?? null))
      .join(" ")}}`;
  }
  return "";
}

/** Go's order of keys: bytewise. */
export const sortedKeys = (map: ReadonlyMap<string, GoValue>): string[] => sortTexts([...map.keys()]);
