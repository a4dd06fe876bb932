/**
 * YAML in time that grows with its length. The library compares each key of a map with all before it (19 s for 40,000), calls itself
 * for each level, and gathers every mistake; so keys are compared here, and depth, mistakes and, where it is asked, words are bounded.
 */
import {
  type CST,
  Composer,
  type Document,
  type DocumentOptions,
  Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
  type YAMLMap,
  isScalar,
  visit,
} from "yaml";
import { lineAndColumn } from "./line-and-column.ts";

/** Lists and maps within each other. */
const MAX_DEPTH = 100;
/** Some thirty thousand rules. */
const MAX_LEXEMES = 2_000_000;
/** Of documents, mistakes and directives of a text. */
const MAX_AT_TOP = 1000;
/** So many tell what is wrong. */
const MAX_FAULTS = 100;

export interface YamlFault {
  /** A sentence, without the position. */
  readonly message: string;
  /** UTF-16 offsets, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

export interface YamlReading {
  /** Also of a text with faults, as far as they could be read. */
  readonly documents: readonly Document[];
  readonly faults: readonly YamlFault[];
}

export interface YamlOptions extends DocumentOptions, SchemaOptions, Pick<ParseOptions, "lineCounter"> {
  /** Words, signs and blanks of a text, some four to a key with its value; a million of them take a second or two. */
  readonly mostLexemes?: number;
}

class TooMuch extends Error {}

export function readYaml(text: string, { mostLexemes = MAX_LEXEMES, ...options }: YamlOptions = {}): YamlReading {
  const composer = new Composer({ ...options, uniqueKeys: false });
  const documents: Document[] = [];
  let at = 0;
  try {
    const parser = new Parser(options.lineCounter?.addNewLine);
    options.lineCounter?.addNewLine(0);
    const bounds = new Bounds(mostLexemes);
    for (const lexeme of new Lexer().lex(text)) {
      bounds.lexeme(lexeme);
      for (const token of parser.next(lexeme)) {
        bounds.token(token.type);
        documents.push(...composer.next(token));
      }
      at += isMark(lexeme) ? 0 : lexeme.length;
    }
    for (const token of parser.end()) documents.push(...composer.next(token));
    documents.push(...composer.end());
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return { documents: [], faults: [{ message: error.message, from: at, to: at + 1 }] };
  }
  const faults = [composer.streamInfo(), ...documents].flatMap(({ errors }) =>
    errors.slice(0, MAX_FAULTS).map(({ message, pos: [from, to] }) => ({
      message: `This is not YAML: ${message.split("\n")[0] ?? message}.`,
      from,
      to,
    })),
  );
  for (const document of documents) faults.push(...repeatedKeys(document));
  return { documents, faults: faults.slice(0, MAX_FAULTS) };
}

/** A fault with its place. */
export function faultInWords(text: string, { message, from }: YamlFault): string {
  const { line, column } = lineAndColumn(text, from);
  return `${message.slice(0, -1)} at line ${line}, column ${column}.`;
}

/** What may stand behind a backslash between double quotes, and (1) what may not. */
const ESCAPE = /\\(?:[0abefnrtvN_LP "/\\\t\r\n]|x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|([^]))/g;

const SAYING_NOTHING: ReadonlySet<CST.Token["type"]> = new Set(["byte-order-mark", "comment", "newline", "space"] as const);

/** What the lexer says of the text and is not in it: where a document begins, how a scalar is to be read, where flow ends. */
const isMark = (lexeme: string): boolean => /^[\u0002\u0018\u001f]/.test(lexeme);

class Bounds {
  readonly #mostLexemes: number;
  #lexemes = 0;
  #atTop = 0;
  #inFlow = 0;
  #inLine = 0;
  #wrongEscapes = 0;

  constructor(mostLexemes: number) {
    this.#mostLexemes = mostLexemes;
  }

  lexeme(lexeme: string): void {
    if (++this.#lexemes > this.#mostLexemes) throw new TooMuch(`This is more than ${this.#mostLexemes} words, signs and blanks of YAML.`);
    if (lexeme === "[" || lexeme === "{") this.#inFlow++;
    else if (lexeme === "]" || lexeme === "}") this.#inFlow = Math.max(0, this.#inFlow - 1);
    else if (lexeme === "-" || lexeme === "?") this.#inLine++;
    else if (lexeme.startsWith("\n")) this.#inLine = 0;
    else if (lexeme.startsWith('"')) this.#escapes(lexeme);
    if (this.#inFlow + this.#inLine > MAX_DEPTH) throw new TooMuch(`Lists and maps of YAML are more than ${MAX_DEPTH} deep.`);
  }

  #escapes(quoted: string): void {
    for (const [, wrong] of quoted.matchAll(ESCAPE))
      if (wrong !== undefined && ++this.#wrongEscapes > MAX_FAULTS)
        throw new TooMuch(`This is not YAML: more than ${MAX_FAULTS} backslashes escape nothing.`);
  }

  token(type: CST.Token["type"]): void {
    if (!SAYING_NOTHING.has(type) && ++this.#atTop > MAX_AT_TOP)
      throw new TooMuch(`This is not YAML, or more than ${MAX_AT_TOP} documents of it.`);
  }
}

function repeatedKeys(document: Document): YamlFault[] {
  const found: YamlFault[] = [];
  const seen = new Set<YAMLMap>();
  visit(document, {
    Map: (_, map) => {
      if (found.length >= MAX_FAULTS) return visit.BREAK;
      if (seen.has(map)) return visit.SKIP;
      seen.add(map);
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          const from = key.range?.[0] ?? 0;
          found.push({ message: "This is not YAML: Map keys must be unique.", from, to: from + 1 });
        }
        keys.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}
