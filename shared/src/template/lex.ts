import { TemplateFault } from "./ast.ts";

export interface Token {
  readonly kind: "text" | "open" | "close" | "space" | "string" | "number" | "word" | "field" | "variable" | "symbol";
  readonly text: string;
  readonly line: number;
  /** Where it stands in the source. */
  readonly from: number;
  readonly to: number;
}

const SPACE = /\s/;
const SYMBOLS = [":=", "=", "|", "(", ")", ","];
const WORD = /[\p{L}\p{N}_]/u;
const NUMBER = /^[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+(?![\d.eE])|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/;

/** Text and the tokens of `{{ … }}`, trim markers applied and comments left out. Throws TemplateFault. */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let trimNext = false;
  const advance = (to: number): void => {
    for (; at < to; at++) if (source[at] === "\n") line++;
  };
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    const end = open < 0 ? source.length : open;
    const trimLeft = open >= 0 && source[open + 2] === "-" && SPACE.test(source[open + 3] ?? "");
    let text = source.slice(at, end);
    if (trimNext) text = text.trimStart();
    if (trimLeft) text = text.trimEnd();
    if (text !== "") tokens.push({ kind: "text", text, line, from: at, to: end });
    advance(end);
    if (open < 0) break;
    advance(open + (trimLeft ? 3 : 2));
    const comment = /^\s*\/\*[^]*?\*\/(\s-)?\s*\}\}/.exec(source.slice(at));
    if (comment !== null) {
      trimNext = comment[1] !== undefined;
      advance(at + comment[0].length);
      continue;
    }
    tokens.push({ kind: "open", text: "{{", line, from: at, to: at });
    for (;;) {
      const rest = source.slice(at, at + 4);
      if (rest === "") throw new TemplateFault("an action `{{` is not closed", line);
      if (rest.startsWith("}}") || /^\s-\}\}/.test(rest)) {
        trimNext = !rest.startsWith("}}");
        tokens.push({ kind: "close", text: "}}", line, from: at, to: at });
        advance(at + (trimNext ? 4 : 2));
        break;
      }
      const token = inside(source, at, line, tokens.at(-1));
      advance(at + token.length);
      tokens.push(token.token);
    }
  }
  return tokens;
}

function inside(source: string, at: number, line: number, before: Token | undefined): { readonly token: Token; readonly length: number } {
  const make = (kind: Token["kind"], text: string, length = text.length) => ({
    token: { kind, text, line, from: at, to: at + length },
    length,
  });
  const char = source[at] ?? "";
  if (SPACE.test(char)) {
    let length = 1;
    // A space that begins ` -}}` belongs to the closing.
    while (SPACE.test(source[at + length] ?? "") && !/^\s-\}\}/.test(source.slice(at + length, at + length + 4))) length++;
    return make("space", " ", length);
  }
  if (char === '"') {
    const literal = /^"(?:[^"\\\n]|\\[^\n])*"/.exec(source.slice(at))?.[0];
    if (literal === undefined) throw new TemplateFault('a text in "…" is not closed', line);
    return make("string", unquote(literal, line), literal.length);
  }
  if (char === "`") {
    const end = source.indexOf("`", at + 1);
    if (end < 0) throw new TemplateFault("a text in `…` is not closed", line);
    return make("string", source.slice(at + 1, end), end + 1 - at);
  }
  if (char === "'") {
    const literal = /^'(?:[^'\\\n]|\\[^\n]+?)'/u.exec(source.slice(at))?.[0];
    if (literal === undefined) throw new TemplateFault("a character in '…' is not closed", line);
    const text = unquote(`"${literal.slice(1, -1).replaceAll('"', '\\"')}"`, line);
    return make("number", String(text.codePointAt(0) ?? 0), literal.length);
  }
  const symbol = SYMBOLS.find((each) => source.startsWith(each, at));
  if (symbol !== undefined) return make("symbol", symbol);
  if (char === "$") return make("variable", `$${wordAt(source, at + 1)}`);
  if (char === "." && WORD.test(source[at + 1] ?? "") && !/\d/.test(source[at + 1] ?? "")) {
    // A chain (`$x.a.b`, `(…).a`) has no space before its dot; the parser sees that from the token before.
    return make("field", wordAt(source, at + 1), 1 + wordAt(source, at + 1).length);
  }
  const number = NUMBER.exec(source.slice(at, at + 64))?.[0];
  if (number !== undefined && /\d/.test(number)) return make("number", number.replaceAll("_", ""), number.length);
  if (char === ".") return make("field", "", 1);
  if (WORD.test(char)) return make("word", wordAt(source, at));
  throw new TemplateFault(`unexpected ${JSON.stringify(char)}${before === undefined ? "" : ` after ${JSON.stringify(before.text)}`}`, line);
}

function wordAt(source: string, at: number): string {
  let end = at;
  while (WORD.test(source[end] ?? "")) end++;
  return source.slice(at, end);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

function unquote(literal: string, line: number): string {
  return literal.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/gsu, (whole, escape: string) => {
    const simple = ESCAPES[escape];
    if (simple !== undefined) return simple;
    if (escape.length === 1) throw new TemplateFault(`${JSON.stringify(whole)} is not an escape`, line);
    const point = /^[0-7]/.test(escape) ? Number.parseInt(escape, 8) : Number.parseInt(escape.slice(1), 16);
    if (point > 0x10ffff) throw new TemplateFault(`${whole} is not a character`, line);
    return String.fromCodePoint(point);
  });
}
