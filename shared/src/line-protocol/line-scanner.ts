/** What a value of a field may be; text is no sample and only said to have been there. */
export type FieldValue = number | "text";

export interface Line {
  /** Measurement and tags as written: equal for points of the same series. */
  readonly head: string;
  readonly measurement: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly fields: readonly (readonly [key: string, value: FieldValue])[];
  /** An integer in the request's precision; null when the line has none. */
  readonly time: string | null;
}

/** Thrown at the first character that cannot be there; caught by the decoder, which goes on with the next line. */
export class BadLine extends Error {
  readonly code: string;

  constructor(message: string, code = "bad_line") {
    super(message);
    this.code = code;
  }
}

/** A line of more cannot be a point: the store takes 30 tags, and nothing has so many fields. */
const MAX_TAGS = 1024;
const MAX_FIELDS = 65_536;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;

const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[a-zA-Z]+/y;
const TIME = /-?\d{1,20}/y;
const BLANKS = / +/y;
const LINE_END = / *\r?(?:\n|$)/y;
const INTEGER = /^[+-]?\d+$/;
const BOOLEANS: Readonly<Record<string, number>> = { t: 1, T: 1, true: 1, True: 1, TRUE: 1, f: 0, F: 0, false: 0, False: 0, FALSE: 0 };

/** Reads Influx line protocol (v2 reference, "Line protocol") a line at a time: fields of every type, escapes, comments, line breaks in text. */
export class LineScanner {
  readonly #text: string;
  #at = 0;
  /** Of the line read last, from 1. */
  line = 0;
  #nextLine = 1;
  /** The line break that comes first from where a text was last read, or the end. */
  #lineBreak = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line with a point; null at the end. Throws BadLine, after which `recover` goes to the next line. */
  next(): Line | null {
    for (;;) {
      if (this.#at >= this.#text.length) return null;
      this.line = this.#nextLine;
      const start = this.#text[this.#at];
      if (start === "#") this.recover();
      else if (start === " " && this.#match(BLANKS) === null) return null;
      else if (this.#match(LINE_END) !== null) this.#nextLine++;
      else if (start !== " ") return this.#point();
    }
  }

  /** Past the end of the line that was refused. */
  recover(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
    this.#nextLine++;
  }

  #point(): Line {
    const start = this.#at;
    const measurement = this.#until(false, "a measurement").replaceAll(/\\([, ])/g, "$1");
    const tags: [string, string][] = [];
    while (this.#take(",")) {
      const key = this.#token("a tag's name");
      if (!this.#take("=")) throw this.#bad(`the tag ${key} needs =value`);
      if (tags.push([key, this.#token(`a value of the tag ${key}`)]) > MAX_TAGS)
        throw this.#bad(`the point has more than ${MAX_TAGS} tags`);
    }
    const head = this.#text.slice(start, this.#at);
    if (this.#match(BLANKS) === null) throw this.#bad("a space and then fields must follow the measurement and its tags");
    const fields: [string, FieldValue][] = [];
    do {
      const key = this.#token("a field's name");
      if (!this.#take("=")) throw this.#bad(`the field ${key} needs =value`);
      if (fields.push([key, this.#value(key)]) > MAX_FIELDS)
        throw this.#bad(`the point has more than ${MAX_FIELDS} fields; send them in parts`);
    } while (this.#take(","));
    let time: string | null = null;
    if (this.#match(LINE_END) === null) {
      if (this.#match(BLANKS) === null) throw this.#bad("after the fields comes a space and the time, or the end of the line");
      time = this.#need(TIME, "a time in whole units");
      if (this.#match(LINE_END) === null) throw this.#bad("something follows the time");
    }
    this.#nextLine++;
    return { head, measurement, tags, fields, time };
  }

  #value(key: string): FieldValue {
    if (this.#text[this.#at] === '"') {
      this.#skipText(key);
      return "text";
    }
    const number = this.#match(NUMBER);
    if (number !== null) {
      const value = Number(number);
      const whole = this.#take("i") ? "i" : this.#take("u") ? "u" : null;
      if (whole !== null && !(INTEGER.test(number) && fits(number, value, whole === "u")))
        throw this.#bad(`the field ${key} is ${number}${whole}, which no ${whole === "u" ? "unsigned " : ""}integer of 64 bits can be`);
      if (!Number.isFinite(value)) throw this.#bad(`the field ${key} is ${number}, larger than any double`);
      return value;
    }
    const start = this.#at;
    const word = this.#match(WORD) ?? "";
    const truth = Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined;
    if (truth === undefined) {
      this.#at = start;
      throw this.#bad(`the field ${key} needs a number, an integer with i or u, true, false or "text"`);
    }
    return truth;
  }

  /** From the opening quote past the closing one. Every quote looked at is passed for good or ends the text, so this stays linear. */
  #skipText(key: string): void {
    let end = this.#at;
    for (;;) {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw this.#bad(`the text of the field ${key} has no closing quote`);
      let slashes = 0;
      while (this.#text[end - 1 - slashes] === "\\") slashes++;
      if (slashes % 2 === 0) break;
    }
    for (this.#findLineBreak(this.#at); this.#lineBreak < end; this.#findLineBreak(this.#lineBreak + 1)) this.#nextLine++;
    this.#at = end + 1;
  }

  /** The one found before is asked first: texts without one would each look for it as far as the body goes. */
  #findLineBreak(from: number): void {
    if (this.#lineBreak >= from) return;
    const found = this.#text.indexOf("\n", from);
    this.#lineBreak = found < 0 ? this.#text.length : found;
  }

  #token(what: string): string {
    const token = this.#until(true, what);
    return token.includes("\\") ? token.replaceAll(/\\([,= ])/g, "$1") : token;
  }

  /**
   * To the blank, comma or line break that ends the token, and of keys and tags to the `=`. A backslash escapes only what
   * would end it; before anything else it stands for itself. No pattern: those run out of stack on a token of megabytes.
   */
  #until(equals: boolean, what: string): string {
    const text = this.#text;
    const ends = (code: number): boolean => code === COMMA || code === BLANK || (equals && code === EQUALS);
    let end = this.#at;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code > EQUALS && code !== BACKSLASH) continue;
      if (ends(code) || code === NEWLINE || code === CARRIAGE_RETURN) break;
      if (code === BACKSLASH && ends(text.charCodeAt(end + 1))) end++;
    }
    if (end === this.#at) throw this.#bad(`${what} is missing`);
    const token = text.slice(this.#at, end);
    this.#at = end;
    return token;
  }

  #need(pattern: RegExp, what: string): string {
    const found = this.#match(pattern);
    if (found === null) throw this.#bad(`${what} is missing`);
    return found;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #bad(what: string): BadLine {
    const found = this.#text.slice(this.#at, this.#at + 20).split("\n", 1)[0] ?? "";
    return new BadLine(`${what}${found === "" ? "; the line ends there" : `, at ${JSON.stringify(found)}`}`);
  }
}

/** Whether 64 bits hold the integer. Near their ends several integers are one double, so the digits decide there. */
function fits(digits: string, value: number, unsigned: boolean): boolean {
  const [low, high] = unsigned ? [0, 2 ** 64] : [-(2 ** 63), 2 ** 63];
  if (value > low && value < high) return true;
  if (value < low || value > high) return false;
  const exact = BigInt(digits.replace("+", ""));
  return exact >= BigInt(low) && exact < BigInt(high);
}
