/** Numbers, durations and quoted strings as PromQL writes them (Go syntax). */
import { decodeUtf8, encodeUtf8 } from "../../encoding/utf8.ts";

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNIT_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

/** `1h30m` in ms; undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null || text === "") return undefined;
  let ms = 0;
  for (let unit = 0; unit < UNIT_MS.length; unit++) {
    const digits = parts[unit + 1];
    if (digits !== undefined) ms += Number(digits) * (UNIT_MS[unit] ?? 0);
  }
  return ms;
}

/** Ms as the shortest exact duration, `5400000` → `1h30m`; years, weeks and days only where they divide (model.Duration). */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = Math.abs(ms);
  let text = ms < 0 ? "-" : "";
  const units: readonly (readonly [string, number, boolean])[] = [
    ["y", 31_536_000_000, true],
    ["w", 604_800_000, true],
    ["d", 86_400_000, false],
    ["h", 3_600_000, false],
    ["m", 60_000, false],
    ["s", 1000, false],
    ["ms", 1, false],
  ];
  for (const [unit, size, exact] of units) {
    if (exact && rest % size !== 0) continue;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** A PromQL number: decimal, hexadecimal, octal (leading 0), Inf, NaN, `_` between digits, or a duration in seconds. */
export function parseNumber(text: string): { readonly value: number; readonly duration: boolean } | undefined {
  const plain = text.toLowerCase();
  const sign = plain.startsWith("-") ? -1 : 1;
  const body = plain.replace(/^[+-]\s*/, "");
  if (body === "inf") return { value: sign * Infinity, duration: false };
  if (body === "nan") return { value: NaN, duration: false };
  const digits = body.replaceAll("_", "");
  if (/^0x[0-9a-f]+$/.test(digits)) return { value: sign * Number(digits), duration: false };
  if (/^0[0-7]+$/.test(digits)) return { value: sign * parseInt(digits, 8), duration: false };
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return { value: sign * Number(digits), duration: false };
  const ms = parseDuration(body);
  return ms === undefined ? undefined : { value: (sign * ms) / 1000, duration: true };
}

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92, "'": 39, '"': 34 };

/** The value of a quoted string, or an error in Go's words. `\xHH` and octal escapes are bytes, so the text is assembled as UTF-8. */
export function unquote(quoted: string): { readonly value: string } | { readonly error: string } {
  const quote = quoted[0] ?? "";
  if (quoted.length < 2 || !quoted.endsWith(quote)) return { error: "unterminated quoted string" };
  const body = quoted.slice(1, -1);
  if (quote === "`") return { value: body.replaceAll("\r", "") };
  if (body.includes("\n")) return { error: "unterminated quoted string" };
  if (!body.includes("\\")) return { value: body };
  const bytes: number[] = [];
  for (let at = 0; at < body.length;) {
    if (body[at] !== "\\") {
      const point = body.codePointAt(at) ?? 0;
      const char = String.fromCodePoint(point);
      bytes.push(...encodeUtf8(char));
      at += char.length;
      continue;
    }
    const kind = body[at + 1];
    if (kind === undefined) return { error: "escape sequence not terminated" };
    const simple = SIMPLE[kind];
    if (simple !== undefined) {
      if ((kind === "'" || kind === '"') && kind !== quote)
        return { error: `unknown escape sequence U+${kind.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")} '${kind}'` };
      bytes.push(simple);
      at += 2;
      continue;
    }
    const width = kind === "x" ? 2 : kind === "u" ? 4 : kind === "U" ? 8 : 0;
    if (width > 0) {
      const digits = body.slice(at + 2, at + 2 + width);
      if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length !== width) return { error: "illegal character in escape sequence" };
      const code = parseInt(digits, 16);
      if (kind === "x") bytes.push(code);
      else if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return { error: "escape sequence is an invalid Unicode code point" };
      else bytes.push(...encodeUtf8(String.fromCodePoint(code)));
      at += 2 + width;
      continue;
    }
    const octal = /^[0-7]{3}/.exec(body.slice(at + 1));
    if (octal === null)
      return { error: `unknown escape sequence U+${(kind.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")} '${kind}'` };
    bytes.push(parseInt(octal[0], 8) & 0xff);
    at += 4;
  }
  return { value: decodeBytes(bytes) };
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
export const hasInvalidUtf8 = (text: string): boolean =>
  /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
