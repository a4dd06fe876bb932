/** Quoted strings as PromQL writes them: Go's, in any of three quotes. */
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";
import { unicodeName } from "../format/quote.ts";

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92 };
/** Digits, base and greatest value of what follows the backslash. */
const CODES: Readonly<Record<string, readonly [number, number, number]>> = { x: [2, 16, 255], u: [4, 16, 0x10ffff], U: [8, 16, 0x10ffff] };
const OCTAL = [3, 8, 255] as const;
/** What bytes that are not UTF-8 become on their way into a text; Prometheus refuses it even where it was meant. */
const REPLACEMENT = "\uFFFD";

export type ReadString = { readonly value: string; readonly to: number } | { readonly error: string };

/** The string that begins at `from`, up to and with its closing quote, or an error in Prometheus's words. */
export function readString(text: string, from: number): ReadString {
  const quote = text[from] ?? "";
  if (quote === "`") return readRaw(text, from);
  const bytes: number[] = [];
  let plain = from + 1;
  // One by one: a literal may have more than one call takes as arguments.
  const add = (more: Iterable<number>): void => {
    for (const byte of more) bytes.push(byte);
  };
  const keep = (to: number): void => {
    if (to > plain) add(encodeUtf8(text.slice(plain, to)));
  };
  for (let at = from + 1; ; at++) {
    const char = text[at];
    if (char === undefined || char === "\n") return { error: "unterminated quoted string" };
    if (char === REPLACEMENT) return { error: "invalid UTF-8 rune" };
    if (char === quote) {
      if (plain === from + 1) return { value: text.slice(plain, at), to: at + 1 };
      keep(at);
      return { value: decodeBytes(bytes), to: at + 1 };
    }
    if (char !== "\\") continue;
    keep(at);
    const escape = readEscape(text, at + 1, quote);
    if ("error" in escape) return escape;
    add(escape.bytes);
    plain = escape.to;
    at = plain - 1;
  }
}

/** The value of a quoted string; `\xHH` and octal escapes are bytes. */
export const unquote = (quoted: string): ReadString => readString(quoted, 0);

function readRaw(text: string, from: number): ReadString {
  const end = text.indexOf("`", from + 1);
  const body = text.slice(from + 1, end === -1 ? undefined : end);
  if (body.includes(REPLACEMENT)) return { error: "invalid UTF-8 rune" };
  return end === -1 ? { error: "unterminated raw string" } : { value: body.replaceAll("\r", ""), to: end + 1 };
}

/** What stands behind a backslash at `from`. */
function readEscape(
  text: string,
  from: number,
  quote: string,
): { readonly bytes: Iterable<number>; readonly to: number } | { readonly error: string } {
  const point = text.codePointAt(from);
  if (point === undefined) return { error: "escape sequence not terminated" };
  const kind = String.fromCodePoint(point);
  const simple = kind === quote ? quote.charCodeAt(0) : SIMPLE[kind];
  if (simple !== undefined) return { bytes: [simple], to: from + 1 };
  const code = /[0-7]/.test(kind) ? OCTAL : CODES[kind];
  if (code === undefined) return { error: `unknown escape sequence ${unicodeName(point)}` };
  const [digits, base, greatest] = code;
  let at = code === OCTAL ? from : from + 1;
  let value = 0;
  for (const to = at + digits; at < to; at++) {
    const digit = text.codePointAt(at);
    if (digit === undefined) return { error: "escape sequence not terminated" };
    if (!(base === 8 ? /[0-7]/ : /[0-9a-fA-F]/).test(String.fromCodePoint(digit)))
      return { error: `illegal character ${unicodeName(digit)} in escape sequence` };
    value = value * base + Number.parseInt(String.fromCodePoint(digit), base);
  }
  if (value > greatest || (value >= 0xd800 && value < 0xe000)) return { error: "escape sequence is an invalid Unicode code point" };
  return { bytes: greatest === 255 ? [value] : encodeUtf8(String.fromCodePoint(value)), to: at };
}

/** Bytes that are not UTF-8 are kept as lone low surrogates U+DC80…U+DCFF, so that messages can show them (Python's surrogateescape). */
function decodeBytes(bytes: readonly number[]): string {
  try {
    return decodeUtf8(new Uint8Array(bytes));
  } catch {
    let text = "";
    for (let at = 0; at < bytes.length;) {
      const lead = bytes[at] ?? 0;
      const width = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
      const char = width === 0 ? undefined : decodeOne(bytes.slice(at, at + width));
      text += char ?? String.fromCharCode(0xdc00 + lead);
      at += char === undefined ? 1 : width;
    }
    return text;
  }
}

function decodeOne(bytes: readonly number[]): string | undefined {
  try {
    return decodeUtf8(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}

/** True when `unquote` met bytes that are not UTF-8. */
export const hasInvalidUtf8 = (text: string): boolean => !text.isWellFormed();
