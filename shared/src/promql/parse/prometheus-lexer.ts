/** The tokens of a query as Prometheus's lexer cuts them, up to the first that it refuses: only to explain what does not parse. */
import type { Span } from "../ast.ts";
import { quoteChar } from "../format/quote.ts";
import { scanNumber } from "./scan-number.ts";
import { readString } from "./string-literal.ts";

export type TokenKind = "word" | "number" | "duration" | "string" | "sign";

export interface LexedToken extends Span {
  readonly kind: TokenKind;
  readonly text: string;
}

export interface LexicalFault {
  /** Where the text goes wrong, which of two faults is the first. */
  readonly from: number;
  /** Where Prometheus says so. */
  readonly at: number;
  readonly message: string;
}

const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const DURATION_WORD = /(?:step|range|min_of|max_of)(?![a-zA-Z_])/iy;
const SIGNS = /==|!=|<=|>=|<\/|>\/|[-+*/%^<>=,@()[\]{}]/y;
const MATCH_SIGNS = /=~|!~|!=|=|,|\}/y;

class Lexer {
  readonly tokens: LexedToken[] = [];
  fault: LexicalFault | undefined;
  private at = 0;
  private parens = 0;
  /** Brackets are a place of their own up to their first number only: behind it words are those of statements. */
  private place: "statement" | "braces" | "brackets" = "statement";
  private bracket = false;
  private durations = false;
  private colon = false;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    while (this.fault === undefined && this.step());
  }

  /** False at the end. */
  private step(): boolean {
    this.match(/[ \t\r\n]+/y);
    const { at, text } = this;
    if (text[at] === "#") return this.match(/#[^\n]*/y) !== undefined;
    if (at >= text.length) return this.end();
    if (this.place === "braces") this.inBraces();
    else if (this.place === "brackets") this.inBrackets();
    else this.inStatement();
    return true;
  }

  private end(): false {
    const at = this.text.length;
    if (this.place === "braces") this.refuse("unexpected end of input inside braces", at);
    else if (this.place === "brackets") this.refuse("unexpected end of input in duration expression", at);
    else if (this.parens > 0) this.refuse("unclosed left parenthesis", at);
    else if (this.bracket) this.refuse("unclosed left bracket", at);
    return false;
  }

  private inStatement(): void {
    const { at, text } = this;
    if (this.string() || this.number() || (this.bracket ? this.inRange() : this.take("word", WORD))) return;
    const two = text.slice(at, at + 2);
    const next = quoted(text, at + 1);
    if (two === "=~") return this.refuse(`unexpected character after '=': '~'`, at);
    if (text[at] === "!" && two !== "!=") return this.refuse(`unexpected character after '!': ${next}`, at);
    if (text[at] === (this.bracket ? "[" : "]"))
      return this.refuse(`unexpected ${this.bracket ? "left bracket '['" : "right bracket ']'"}`, at);
    if (text[at] === "}" || !this.take("sign", SIGNS)) return this.refuse(`unexpected character: ${quoted(text, at)}`, at);
    if (text[at] === "{") this.place = "braces";
    if (text[at] === "]") this.bracket = false;
    if (text[at] === "[") this.open();
    this.count(text[at], at);
  }

  /** A colon or word behind a number in brackets. */
  private inRange(): boolean {
    const { at, text } = this;
    if (!/[a-zA-Z_:]/.test(text[at] ?? "")) return false;
    if (text[at] === ":" && !this.colon) this.colon = this.take("sign", /:/y);
    else if (text[at] === ":") this.refuse("unexpected colon ':'", at);
    else if (!this.take("word", DURATION_WORD)) this.refuse(`unexpected character: ${quoted(text, at)}, expected ':'`, at);
    return true;
  }

  private inBraces(): void {
    const { at, text } = this;
    if (this.string() || this.take("word", LABEL)) return;
    if (text[at] === "{") return this.refuse("unexpected left brace '{'", at);
    if (text[at] === "!" && !/^![=~]/.test(text.slice(at, at + 2)))
      return this.refuse(`unexpected character after '!' inside braces: ${quoted(text, at + 1)}`, at);
    if (!this.take("sign", MATCH_SIGNS)) return this.refuse(`unexpected character inside braces: ${quoted(text, at)}`, at);
    if (text[at] === "}") this.place = "statement";
  }

  private open(): void {
    this.place = "brackets";
    this.bracket = true;
    this.colon = false;
  }

  private inBrackets(): void {
    const { at, text } = this;
    if (this.number()) {
      this.durations = true;
      this.place = "statement";
      return;
    }
    if (this.take("word", DURATION_WORD)) return;
    if (!this.take("sign", /[-+*/%^,:()\]]/y)) return this.refuse(`unexpected character in duration expression: ${quoted(text, at)}`, at);
    if (text[at] === "]") {
      this.place = "statement";
      this.bracket = false;
    }
    if (text[at] === ":") {
      if (!this.durations) return this.refuse("unexpected colon before duration in duration expression", at, at + 1);
      if (this.colon) return this.refuse("unexpected repeated colon in duration expression", at, at + 1);
      this.colon = true;
    }
    this.count(text[at], at);
  }

  private count(sign: string | undefined, at: number): void {
    if (sign === "(") this.parens++;
    if (sign === ")" && --this.parens < 0) this.refuse("unexpected right parenthesis ')'", at, at + 1);
  }

  private string(): boolean {
    const quote = this.text[this.at] ?? "";
    if (quote !== '"' && quote !== "'" && quote !== "`") return false;
    const read = readString(this.text, this.at);
    if ("error" in read) this.refuse(read.error, this.at);
    else {
      this.tokens.push({ kind: "string", text: this.text.slice(this.at, read.to), from: this.at, to: read.to });
      this.at = read.to;
    }
    return true;
  }

  private number(): boolean {
    const { at, text } = this;
    if (!/^(?:\d|\.\d)/.test(text.slice(at, at + 2))) return false;
    const { kind, to } = scanNumber(text, at);
    const word = text.slice(at, to);
    if (kind === "bad") this.refuse(`bad number or duration syntax: ${JSON.stringify(word)}`, at);
    else this.tokens.push({ kind, text: word, from: at, to });
    this.at = to;
    return true;
  }

  private take(kind: TokenKind, pattern: RegExp): boolean {
    const from = this.at;
    const text = this.match(pattern);
    if (text === undefined) return false;
    this.tokens.push({ kind, text, from, to: this.at });
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private refuse(message: string, from: number, at = from): void {
    this.fault = { from, at, message };
  }
}

/** The end of the text is no character, and Go says so with the one for that. */
const quoted = (text: string, at: number): string => quoteChar(text.codePointAt(at) ?? 0xfffd);

export function lexQuery(text: string): { readonly tokens: readonly LexedToken[]; readonly fault: LexicalFault | undefined } {
  const { tokens, fault } = new Lexer(text);
  return { tokens, fault };
}
