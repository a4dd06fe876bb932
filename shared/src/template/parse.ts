import { type Result, fail, ok } from "../model/result.ts";
import type { Command, Node, Operand, Pipeline, Place, Template } from "./ast.ts";
import { TemplateFault } from "./ast.ts";
import type { Token } from "./lex.ts";
import { lex } from "./lex.ts";

const MAX_DEPTH = 100;

/** Failure `bad_template`, its message beginning with the line. */
export function parseTemplate(source: string): Result<Template> {
  try {
    return ok(new Parser(lex(source), source).template());
  } catch (fault) {
    if (!(fault instanceof TemplateFault)) throw fault;
    return fail("bad_template", `line ${fault.line}: ${fault.message}`);
  }
}

/** What ended a list of nodes. */
type End = "end" | "else" | "eof";

/** An operand before it is said where it stands. */
type Bare = Operand extends infer Each ? (Each extends Operand ? Omit<Each, "place"> : never) : never;

const QUOTED_OR_SPACE = /"(?:\\.|[^"\\])*"|`[^`]*`|\s+/g;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #source: string;
  readonly #definitions = new Map<string, readonly Node[]>();
  #at = 0;
  #depth = 0;
  /** Loops around what is read. */
  #ranges = 0;

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens;
    this.#source = source;
  }

  template(): Template {
    const { nodes, end } = this.#list();
    if (end !== "eof") this.#fault(`unexpected {{${end}}}`);
    return { root: nodes, definitions: this.#definitions };
  }

  #list(): { readonly nodes: readonly Node[]; readonly end: End } {
    if (++this.#depth > MAX_DEPTH) this.#fault("actions are nested too deeply");
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined) {
        this.#depth--;
        return { nodes, end: "eof" };
      }
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text });
        this.#at++;
        continue;
      }
      this.#at++;
      this.#space();
      const word = this.#peek();
      if (word?.kind === "word" && (word.text === "end" || word.text === "else")) {
        this.#at++;
        if (word.text === "end") this.#close();
        this.#depth--;
        return { nodes, end: word.text };
      }
      this.#action(nodes);
    }
  }

  #action(nodes: Node[]): void {
    const token = this.#peek();
    const line = token?.line ?? 1;
    const word = token?.kind === "word" ? token.text : "";
    if (word === "if" || word === "range" || word === "with") {
      this.#at++;
      nodes.push(this.#branch(word, line));
    } else if (word === "define" || word === "block") {
      this.#at++;
      const named = this.#peekPast();
      const name = this.#string();
      const pipe = word === "block" ? this.#pipeline("close") : null;
      this.#close();
      const around = this.#ranges;
      this.#ranges = 0;
      const { nodes: body, end } = this.#list();
      this.#ranges = around;
      if (end !== "end") this.#fault(`{{${word}}} is not ended`);
      this.#definitions.set(name, body);
      if (word === "block") nodes.push({ kind: "template", name, pipe, line, place: this.#call(name, pipe, named) });
    } else if (word === "template") {
      this.#at++;
      const named = this.#peekPast();
      const name = this.#string();
      const pipe = this.#peek()?.kind === "close" ? null : this.#pipeline("close");
      this.#close();
      nodes.push({ kind: "template", name, pipe, line, place: this.#call(name, pipe, named) });
    } else if (word === "break" || word === "continue") {
      this.#at++;
      this.#close();
      if (this.#ranges === 0) this.#fault(`{{${word}}} outside {{range}}`);
      nodes.push({ kind: word, line });
    } else {
      const pipe = this.#pipeline("close");
      this.#close();
      nodes.push({ kind: "action", pipe, line });
    }
  }

  /** After its keyword; `{{else if …}}` and `{{else with …}}` nest. */
  #branch(kind: "if" | "range" | "with", line: number): Node {
    this.#space();
    const pipe = this.#pipeline("close");
    this.#close();
    if (kind === "range") this.#ranges++;
    const { nodes: body, end } = this.#list();
    if (kind === "range") this.#ranges--;
    if (end === "eof") this.#fault(`{{${kind}}} is not ended`);
    if (end === "end") return { kind, pipe, body, otherwise: [], line };
    this.#space();
    const next = this.#peek();
    if (next?.kind === "word" && (next.text === "if" || next.text === "with")) {
      this.#at++;
      return { kind, pipe, body, otherwise: [this.#branch(next.text, next.line)], line };
    }
    this.#close();
    const rest = this.#list();
    if (rest.end !== "end") this.#fault(`{{${kind}}} is not ended`);
    return { kind, pipe, body, otherwise: rest.nodes, line };
  }

  #pipeline(until: "close" | ")"): Pipeline {
    this.#space();
    const variables: string[] = [];
    const start = this.#at;
    let assigns = false;
    while (this.#peek()?.kind === "variable") {
      variables.push(this.#peek()?.text ?? "");
      this.#at++;
      this.#space();
      const symbol = this.#peek()?.text;
      if (symbol === ",") {
        this.#at++;
        this.#space();
        continue;
      }
      assigns = symbol === "=";
      if (symbol === ":=" || symbol === "=") {
        this.#at++;
        this.#space();
        const commands = this.#commands(until);
        return { variables, assigns, commands };
      }
      break;
    }
    this.#at = start;
    return { variables: [], assigns: false, commands: this.#commands(until) };
  }

  #commands(until: "close" | ")"): Command[] {
    const commands: Command[] = [];
    for (;;) {
      const first = this.#peekPast();
      const command = { operands: this.#operands(until), place: this.#place(first, first) };
      commands.push(command);
      if (commands.length > 1 && isConstant(command)) this.#fault(`non executable command in pipeline stage ${commands.length}`);
      const token = this.#peek();
      if (token?.text === "|" && token.kind === "symbol") {
        this.#at++;
        this.#space();
        continue;
      }
      return commands;
    }
  }

  #operands(until: "close" | ")"): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      this.#space();
      const token = this.#peek();
      const ended =
        token === undefined || token.kind === "close" || (token.kind === "symbol" && (token.text === ")" || token.text === "|"));
      if (ended) {
        if (operands.length === 0) this.#fault("a command is missing");
        if (token === undefined || (token.kind === "close" && until === ")")) this.#fault("an action or a parenthesis is not closed");
        return operands;
      }
      operands.push(this.#operand(token));
    }
  }

  #operand(token: Token): Operand {
    const bare = this.#bare(token);
    // Of a chain Go says where its second field stands.
    const second =
      "names" in bare && bare.names.length > (bare.kind === "field" ? 1 : 0)
        ? this.#tokens[this.#at - bare.names.length + (bare.kind === "field" ? 1 : 0)]
        : undefined;
    return { ...bare, place: this.#place(second ?? token, token) };
  }

  #bare(token: Token): Bare {
    this.#at++;
    if (token.kind === "string") return { kind: "literal", value: token.text };
    if (token.kind === "number") return { kind: "literal", value: numberOf(token) };
    if (token.kind === "variable") return { kind: "variable", name: token.text, names: this.#chain() };
    if (token.kind === "field") return token.text === "" ? { kind: "dot" } : { kind: "field", names: [token.text, ...this.#chain()] };
    if (token.kind === "word") {
      if (token.text === "true" || token.text === "false") return { kind: "literal", value: token.text === "true" };
      return token.text === "nil" ? { kind: "nil" } : { kind: "function", name: token.text };
    }
    if (token.text === "(") {
      const pipe = this.#pipeline(")");
      if (this.#peek()?.text !== ")") this.#fault("a parenthesis is not closed");
      this.#at++;
      return { kind: "pipe", pipe, names: this.#chain() };
    }
    throw new TemplateFault(`unexpected ${JSON.stringify(token.text)}`, token.line);
  }

  /** From `first` to the token before the parser's, said to stand where `at` does. */
  #place(at: Token | undefined, first: Token | undefined): Place {
    let last = this.#at - 1;
    while (this.#tokens[last]?.kind === "space") last--;
    const text = this.#source.slice(first?.from ?? 0, this.#tokens[last]?.to ?? 0);
    return { line: at?.line ?? 1, at: at?.from ?? 0, text: text.replace(QUOTED_OR_SPACE, (part) => (/^\s/.test(part) ? " " : part)) };
  }

  #call(name: string, pipe: Pipeline | null, named: Token | undefined): Place {
    const data = pipe === null ? "" : ` ${pipe.commands.map(({ place }) => place.text).join(" | ")}`;
    return { line: named?.line ?? 1, at: named?.from ?? 0, text: `{{template ${JSON.stringify(name)}${data}}}` };
  }

  #chain(): string[] {
    const names: string[] = [];
    for (let token = this.#peek(); token?.kind === "field" && token.text !== ""; token = this.#peek()) {
      names.push(token.text);
      this.#at++;
    }
    return names;
  }

  #string(): string {
    this.#space();
    const token = this.#peek();
    if (token?.kind !== "string") this.#fault("a template's name in quotes is missing");
    this.#at++;
    this.#space();
    return token?.text ?? "";
  }

  #close(): void {
    this.#space();
    const token = this.#peek();
    if (token?.kind !== "close") this.#fault(`unexpected ${JSON.stringify(token?.text ?? "end of text")} where }} should be`);
    this.#at++;
  }

  #space(): void {
    while (this.#peek()?.kind === "space") this.#at++;
  }

  /** The token behind the spaces. */
  #peekPast(): Token | undefined {
    this.#space();
    return this.#peek();
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #fault(message: string): never {
    throw new TemplateFault(message, (this.#tokens[this.#at] ?? this.#tokens.at(-1))?.line ?? 1);
  }
}

/** What can be given nothing. */
const isConstant = ({ operands: [first] }: Command): boolean => first?.kind === "literal" || first?.kind === "dot" || first?.kind === "nil";

/** Whole numbers are Go's int (bigint here), the others float64. */
function numberOf({ text, line }: Token): number | bigint {
  const digits = text.replace(/^\+/, "");
  if (/^-?(?:\d+|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/.test(digits)) {
    const negative = digits.startsWith("-");
    // A leading zero says octal.
    const magnitude = BigInt((negative ? digits.slice(1) : digits).replace(/^0(?=[0-7]+$)/, "0o"));
    return negative ? -magnitude : magnitude;
  }
  const value = Number(digits);
  if (Number.isNaN(value)) throw new TemplateFault(`${JSON.stringify(text)} is not a number`, line);
  return value;
}
