/** Where a number or duration ends by Prometheus's lexer (`scanNumber` and `acceptRemainingDuration` of `promql/parser/lex.go`). */
export interface ScannedNumber {
  readonly kind: "number" | "duration" | "bad";
  readonly to: number;
}

const DECIMAL = "0123456789";
const HEXADECIMAL = `${DECIMAL}abcdefABCDEF`;

class Scanner {
  at: number;
  private readonly text: string;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  is(characters: string): boolean {
    const next = this.text[this.at];
    return next !== undefined && characters.includes(next);
  }

  accept(characters: string): boolean {
    if (!this.is(characters)) return false;
    this.at++;
    return true;
  }

  acceptRun(characters: string): void {
    while (this.accept(characters));
  }

  /** Whether a letter, digit or `_` follows. */
  inWord(): boolean {
    return /\w/.test(this.text[this.at] ?? "");
  }

  /** Past what looks like a number; whether it may be one. */
  number(): boolean {
    let digits = DECIMAL;
    if (this.accept("0") && this.accept("xX")) {
      this.accept("_");
      digits = HEXADECIMAL;
    }
    this.accept(".");
    this.accept(digits);
    let dot = false;
    let exponent = false;
    while (this.is(`${digits}._eE`)) {
      if ((dot && this.accept(".")) || (exponent && this.accept("eE"))) return false;
      if (this.accept(".")) {
        dot = true;
        if (this.accept("_.") || digits === HEXADECIMAL) return false;
      } else if (this.is("eE_")) {
        if (this.accept("eE")) {
          exponent = true;
          this.accept("+-");
        } else this.at++;
        if (this.accept("._eE") || this.at >= this.text.length) return false;
      } else this.acceptRun(digits);
    }
    return !this.inWord();
  }

  /** Past the units of a duration, and the character that makes it none; units of no such name are for the parser. */
  units(): boolean {
    if (!this.accept("smhdwy")) return false;
    this.accept("s");
    while (this.is(DECIMAL)) {
      this.acceptRun(DECIMAL);
      if (!this.accept("smhdw")) return false;
      this.accept("s");
    }
    if (!this.inWord()) return true;
    this.at++;
    return false;
  }
}

/** `at` is at a digit, or at a dot with a digit behind it. */
export function scanNumber(text: string, at: number): ScannedNumber {
  const scanner = new Scanner(text, at);
  const kind = scanner.number() ? "number" : scanner.units() ? "duration" : "bad";
  return { kind, to: scanner.at };
}
