/** The functions every Go template has (https://pkg.go.dev/text/template#hdr-Functions). */
import { decodeAnyBytes, encodeUtf8 } from "../encoding/utf8.ts";
import { formatValue, formatWithin, sprintf } from "./go-format.ts";
import type { GoFunctions, GoValue } from "./go-value.ts";
import { isList, isMap, isTrue, textOf, typeName } from "./go-value.ts";
import { Room } from "./room.ts";

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => HTML[char] ?? char);

/** As Go's JSEscapeString: what could end a text of a script or of the HTML around it, and what cannot be seen. */
const escapeScript = (text: string): string =>
  text.replace(/['"\\]|[<>&=]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (char) =>
    /['"\\]/.test(char) ? `\\${char}` : `\\u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
  );

/** Values with a space between any two, or another text. Throws Error where it grows too long. */
export function joinValues(values: readonly GoValue[], between = " "): string {
  const room = new Room();
  room.take(Math.max(0, values.length - 1) * between.length);
  return values.map((value) => formatWithin(value, room)).join(between);
}

/** As Go's Sprint: a space between operands that are both no texts. */
function sprint(values: readonly GoValue[]): string {
  const room = new Room();
  return values
    .map((value, i) => {
      const before = values[i - 1];
      const spaced = i > 0 && typeof value !== "string" && typeof before !== "string";
      return (spaced ? " " : "") + formatWithin(value, room);
    })
    .join("");
}

function isEqual(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b || typeof a === "object")
    throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  return a === b;
}

function order(a: GoValue | undefined, b: GoValue | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a === b ? 0 : 1;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a === b ? 0 : 1;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a === b ? 0 : 1;
  throw new Error(`incompatible types for comparison: ${typeName(a ?? null)} and ${typeName(b ?? null)}`);
}

/** NaN is in no order with anything. */
const isNaNPair = (a: GoValue | undefined, b: GoValue | undefined): boolean => Number.isNaN(a) || Number.isNaN(b);

function index(value: GoValue, keys: readonly GoValue[]): GoValue {
  let current = value;
  for (const key of keys) {
    if (isMap(current)) current = current.get(textOf(key, "a map's key")) ?? "";
    else if (isList(current) || typeof current === "string") {
      const items = isList(current) ? current : Array.from(encodeUtf8(current), BigInt);
      const at = Number(key);
      if (typeof key !== "bigint" || at < 0 || at >= items.length) throw new Error(`index out of range: ${formatValue(key)}`);
      current = items[at] ?? null;
    } else throw new Error(`can't index item of type ${typeName(current)}`);
  }
  return current;
}

function slice(value: GoValue, bounds: readonly GoValue[]): GoValue {
  if (!isList(value) && typeof value !== "string") throw new Error(`can't slice item of type ${typeName(value)}`);
  const items = isList(value) ? value : encodeUtf8(value);
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  if (bounds.length === 3 && typeof value === "string") throw new Error("cannot 3-index slice a string");
  for (const bound of bounds) if (typeof bound !== "bigint") throw new Error(`cannot index slice/array with type ${typeName(bound)}`);
  const [from = 0, to = items.length] = bounds.map(Number);
  if (!(from >= 0 && to <= items.length && from <= to)) throw new Error(`index out of range: ${from}:${to}`);
  return items instanceof Uint8Array ? decodeAnyBytes(items.slice(from, to)) : items.slice(from, to);
}

/** Whether a value of an operand decides: the interpreter evaluates no operand behind it. */
export const SHORT_CIRCUITS: Readonly<Record<string, (value: GoValue) => boolean>> = {
  and: (value) => !isTrue(value),
  or: isTrue,
};

/** Of `SHORT_CIRCUITS` or of `BUILTINS`: what no template has to be given. */
export const isBuiltin = (name: string): boolean => Object.hasOwn(BUILTINS, name) || Object.hasOwn(SHORT_CIRCUITS, name);

/** How many values those take that take a fixed number. */
export const ARITY: Readonly<Record<string, number | undefined>> = { not: 1, len: 1, ne: 2, lt: 2, le: 2, gt: 2, ge: 2 };

/** Go's url.QueryEscape. */
export const queryEscape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]|%20/g, (char) => (char === "%20" ? "+" : `%${char.charCodeAt(0).toString(16).toUpperCase()}`));

export const BUILTINS: GoFunctions = {
  not: (value = null) => !isTrue(value),
  len: (value = null) => {
    if (typeof value === "string") return BigInt(encodeUtf8(value).length);
    if (isList(value)) return BigInt(value.length);
    if (isMap(value)) return BigInt(value.size);
    throw new Error(`len of type ${typeName(value)}`);
  },
  index: (value = null, ...keys) => index(value, keys),
  slice: (value = null, ...bounds) => slice(value, bounds),
  print: (...values) => sprint(values),
  println: (...values) => `${joinValues(values)}\n`,
  printf: (format, ...values) => sprintf(textOf(format, "the format"), values),
  html: (...values) => escapeHtml(sprint(values)),
  js: (...values) => escapeScript(sprint(values)),
  call: (called = null, ...values) => {
    if (called === null) throw new Error("call of nil");
    if (typeof called !== "function") throw new Error(`non-function ${formatValue(called)} of type ${typeName(called)}`);
    return called(...values);
  },
  urlquery: (...values) => queryEscape(sprint(values)),
  eq: (first = null, ...rest) => {
    if (rest.length === 0) throw new Error("missing argument for comparison");
    return rest.some((each) => isEqual(first, each));
  },
  ne: (a = null, b = null) => !isEqual(a, b),
  lt: (a, b) => !isNaNPair(a, b) && order(a, b) < 0,
  le: (a, b) => !isNaNPair(a, b) && order(a, b) <= 0,
  // As Go has them, the contrary of the two above: of NaN too.
  gt: (a, b) => isNaNPair(a, b) || order(a, b) > 0,
  ge: (a, b) => isNaNPair(a, b) || order(a, b) >= 0,
};
