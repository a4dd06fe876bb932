/** How Go's fmt prints values (https://pkg.go.dev/fmt): `%v` and the verbs that templates use. */
import { encodeUtf8 } from "../encoding/utf8.ts";
import { sortTexts } from "../model/text-order.ts";
import { quote, quoteChar, unicodeName } from "../promql/format/quote.ts";
import { binaryText, hexText } from "./float-bits.ts";
import { exponentialText, fixedText } from "./go-number.ts";
import type { GoMap, GoValue } from "./go-value.ts";
import { isList, isMap, isStruct, ownText, typeName } from "./go-value.ts";
import { Room } from "./room.ts";

const MAX_WIDTH = 1000;
/** Flags, width, precision and verb; `[2]` before a star or the verb says which operand. */
const VERB = /%([-+# 0]*)((?:\[\d+\])?\*|\d+)?(?:\.((?:\[\d+\])?\*|\d+)?)?(?:\[(\d+)\])?([\s\S])?/gu;

/** Throws Error where the text grows too long. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  const room = new Room();
  let next = 0;
  let reordered = false;
  const goTo = (index: string | undefined): void => {
    if (index === undefined) return;
    reordered = true;
    next = Number(index) - 1;
  };
  /** A width or a precision: digits, or the operand that a star stands for. */
  const length = (text: string | undefined): number => {
    if (text?.endsWith("*") !== true) return Number(text ?? 0);
    goTo(/\d+/.exec(text)?.[0]);
    return Number(values[next++] ?? 0);
  };
  const text = format.replace(VERB, (whole: string, flags: string, width?: string, precision?: string, index?: string, verb?: string) => {
    if (verb === undefined) return "%!(NOVERB)";
    if (verb === "%") return "%";
    const columns = length(width);
    const digits = whole.slice(1 + flags.length + (width?.length ?? 0)).startsWith(".") ? length(precision) : undefined;
    goTo(index);
    if (next < 0 || (reordered && next >= values.length)) return `%!${verb}(BADINDEX)`;
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next++] ?? null;
    const places = digits === undefined || typeof value === "string" ? digits : Math.min(digits, MAX_WIDTH);
    const side = columns < 0 ? `${flags}-` : flags;
    const padded = (text: string): string =>
      pad(text, Math.min(Math.abs(columns), MAX_WIDTH), /^[+ ]?(?:-?Inf|NaN)$/.test(text) ? side.replaceAll("0", "") : side);
    const written = (one: GoValue): string => {
      if ((isList(one) || isMap(one)) && verb !== "T" && ownText(one) === null) return several(one, written, room);
      // Beside `v` a plus asks for the names of fields, not for a sign.
      const printed = print(verb, one, verb === "v" ? flags.replaceAll("+", "") : flags, places);
      if (printed !== null) return room.put(padded(printed));
      if (one === null) return `%!${verb}(<nil>)`;
      // What a verb is not for is printed as with %v, its flags and width with it.
      return room.put(`%!${verb}(${typeName(one)}=${padded(print("v", one, flags, places) ?? "")})`);
    };
    return written(value);
  });
  if (reordered || next >= values.length) return text;
  const extra = values.slice(next).map((value) => (value === null ? "<nil>" : room.put(`${typeName(value)}=${formatValue(value)}`)));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function pad(text: string, width: number, flags: string): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0")) return " ".repeat(missing) + text;
  const sign = /^[+ -]/.test(text) ? text.charAt(0) : "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function print(verb: string, value: GoValue, flags: string, digits: number | undefined): string | null {
  const isPositive = (typeof value === "number" || typeof value === "bigint") && !(Number(value) < 0) && !Object.is(value, -0);
  const plus = !isPositive ? "" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  if (verb === "v") {
    if (typeof value === "string" && flags.includes("#")) return quote(value);
    return typeof value === "number" ? printFloat("g", value, digits, plus) : plus + formatValue(value);
  }
  if (verb === "T") return typeName(value);
  if (verb === "t") return typeof value === "boolean" ? String(value) : null;
  if (typeof value === "bigint") return printInteger(verb, value, flags, plus);
  if (verb === "s" || verb === "q") {
    if (isList(value) || isMap(value)) return verb === "s" ? formatValue(value) : quote(formatValue(value));
    const text = typeof value === "string" ? value : isStruct(value) && typeof value["String"] === "function" ? formatValue(value) : null;
    return verb === "s" || text === null
      ? text === null
        ? null
        : Array.from(text).slice(0, digits).join("")
      : flags.includes("+")
        ? quoteAscii(text)
        : quote(text);
  }
  if (typeof value === "number") {
    const text = printFloat(verb, value, digits, plus);
    return text !== null && flags.includes("#") && verb !== "b" && Number.isFinite(value) ? withPoint(text, verb, digits) : text;
  }
  if (verb === "x" || verb === "X") {
    if (typeof value !== "string") return null;
    const hex = Array.from(encodeUtf8(value), (byte) => byte.toString(16).padStart(2, "0")).join(flags.includes(" ") ? " " : "");
    return verb === "X" ? hex.toUpperCase() : hex;
  }
  return null;
}

/** `plus` is the sign that a flag asks for: an infinity has one anyway. */
function printFloat(verb: string, value: number, digits: number | undefined, plus: string): string | null {
  if (!/^[fegbx]$/i.test(verb) || verb === "B") return null;
  if (Number.isNaN(value)) return `${plus}NaN`;
  if (!Number.isFinite(value)) return value > 0 ? `${plus === "" ? "+" : plus}Inf` : "-Inf";
  switch (verb.toLowerCase()) {
    case "f":
      return plus + fixedText(value, digits ?? 6);
    case "e":
      return plus + exponent(exponentialText(value, digits ?? 6), verb);
    case "b":
      return plus + binaryText(value);
    case "x":
      return plus + (verb === "X" ? hexText(value, digits).toUpperCase() : hexText(value, digits));
    default:
      return plus + (verb === "G" ? general(value, digits).toUpperCase() : general(value, digits));
  }
}

/** `#`: a point in any case, and where digits are significant ones (six, or so many) the zeros behind it (fmt/format.go, fmtFloat). */
function withPoint(text: string, verb: string, digits: number | undefined): string {
  const isHex = verb === "x" || verb === "X";
  const end = text.search(isHex ? /p/i : /e/i);
  const mantissa = end < 0 ? text : text.slice(0, end);
  const written = mantissa.replace(/^[-+ ]/, "").replace(".", "");
  const wanted = isHex || verb === "g" || verb === "G" ? (digits ?? 6) : 0;
  const zeros = wanted - (written === "0" ? 1 : written.replace(/^0+/, "").length);
  return mantissa + (mantissa.includes(".") ? "" : ".") + "0".repeat(Math.max(0, zeros)) + (end < 0 ? "" : text.slice(end));
}

/** strconv.QuoteToASCII. */
const quoteAscii = (text: string): string =>
  quote(text).replace(/[^ -~]/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });

const BASES: Readonly<Record<string, readonly [number, string]>> = {
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, ""],
  x: [16, "0x"],
  X: [16, "0X"],
};

/** `plus` is the sign that a flag asks for. */
function printInteger(verb: string, value: bigint, flags: string, plus: string): string | null {
  if (verb === "d") return plus + value;
  const base = BASES[verb];
  if (base !== undefined) {
    const magnitude = (value < 0n ? -value : value).toString(base[0]);
    const prefix = verb === "O" ? "0o" : flags.includes("#") ? base[1] : "";
    return (value < 0n ? "-" : plus) + prefix + (verb === "X" ? magnitude.toUpperCase() : magnitude);
  }
  // What is no character is printed as the one for that.
  const point = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n) ? Number(value) : 0xfffd;
  if (verb === "c") return String.fromCodePoint(point);
  if (verb === "q") return quoteChar(point);
  if (verb === "U") return flags.includes("#") ? unicodeName(point) : unicodeName(point).replace(/ .*$/s, "");
  return null;
}

/** Go writes at least two digits of exponent. */
const exponent = (text: string, verb = "e"): string =>
  text.replace(/e([+-])(\d+)$/, (_whole, sign: string, power: string) => `${verb}${sign}${power.padStart(2, "0")}`);

/** `%g`: shortest, or `digits` significant ones; an exponent below -4, or from 6 (shortest) or `digits` on. */
function general(value: number, digits: number | undefined): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const scientific = digits === undefined ? value.toExponential() : exponentialText(value, Math.max(digits, 1) - 1);
  const power = Number(scientific.slice(scientific.indexOf("e") + 1));
  const limit = digits === undefined ? 6 : Math.max(digits, 1);
  const [mantissa = ""] = scientific.split("e");
  const trimmed = digits === undefined || !mantissa.includes(".") ? mantissa : mantissa.replace(/\.?0+$/, "");
  if (power < -4 || power >= limit) return exponent(`${trimmed}e${power < 0 ? "-" : "+"}${Math.abs(power)}`);
  const plain = fixedText(Number(scientific), Math.max(0, (mantissa.split(".")[1]?.length ?? 0) - power));
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

/** `%v`: what `{{ . }}` prints. Throws Error where it grows too long. */
export const formatValue = (value: GoValue): string => formatWithin(value, new Room());

/** The same, counted. */
export function formatWithin(value: GoValue, room: Room): string {
  if (value === null) return room.put("<nil>");
  if (typeof value === "string") return room.put(value);
  if (typeof value === "number")
    return room.put(Number.isFinite(value) ? general(value, undefined) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
  if (typeof value === "bigint" || typeof value === "boolean") return room.put(String(value));
  if (typeof value === "function") return room.put("<func>");
  const own = isList(value) || isMap(value) ? ownText(value) : null;
  if (own !== null) return room.put(own);
  if (isList(value) || isMap(value)) return several(value, (each) => formatWithin(each, room), room);
  if (isStruct(value)) {
    if (typeof value["String"] === "function") return formatWithin(value["String"](), room);
    const fields = Object.values(value).filter((each) => typeof each !== "function");
    return `{${several(
      fields.map((each) => each ?? null),
      (each) => formatWithin(each, room),
      room,
    ).slice(1, -1)}}`;
  }
  return "";
}

/** Lists and maps are written element by element, whatever the verb is. */
const several = (value: readonly GoValue[] | GoMap, written: (each: GoValue) => string, room: Room): string =>
  room.inside(() => {
    const texts = isMap(value)
      ? sortedKeys(value).map((key) => `${written(key)}:${written(value.get(key) ?? null)}`)
      : value.map((each) => written(each));
    room.take(texts.length + 2);
    return `${isMap(value) ? "map" : ""}[${texts.join(" ")}]`;
  });

/** Go's order of keys: bytewise. */
export const sortedKeys = (map: ReadonlyMap<string, GoValue>): string[] => sortTexts([...map.keys()]);
