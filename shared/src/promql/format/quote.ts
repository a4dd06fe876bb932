const SHORT: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const hex = (code: number, width: number): string => code.toString(16).padStart(width, "0");

/**
 * Go's `strconv.Quote`, or the same in single quotes. Bytes that were not UTF-8 are kept as lone low surrogates (`unquote`) and
 * come out as `\xHH`.
 */
export function quote(text: string, mark: '"' | "'" = '"'): string {
  let out: string = mark;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === mark) out += `\\${mark}`;
    else if (SHORT[char] !== undefined) out += SHORT[char];
    else if (code < 0x20 || code === 0x7f) out += `\\x${hex(code, 2)}`;
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${hex(code - 0xdc00, 2)}`;
    else if (PRINTABLE.test(char)) out += char;
    else out += code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  }
  return out + mark;
}

/** A character as Go's `%q` writes it: `'\x01'`, `'"'`. */
export function quoteChar(point: number): string {
  return quote(String.fromCodePoint(point), "'");
}

/** As Go's `%#U`: `U+002E '.'`, without the character where it cannot be seen. */
export function unicodeName(point: number): string {
  const char = String.fromCodePoint(point);
  return `U+${hex(point, 4).toUpperCase()}${PRINTABLE.test(char) ? ` '${char}'` : ""}`;
}
