import { type Result, fail, ok } from "../model/result.ts";
import { Interruption } from "../promql/failure.ts";
import type { Branch, Command, Node, Operand, Pipeline, Place, Template } from "./ast.ts";
import { TemplateFault } from "./ast.ts";
import { ARITY, BUILTINS, SHORT_CIRCUITS } from "./builtins.ts";
import { formatValue, sortedKeys } from "./go-format.ts";
import type { GoFunctions, GoValue } from "./go-value.ts";
import { TOO_MUCH_MATCHING } from "./patterns.ts";
import { MAX_TEXT, TOO_LONG } from "./room.ts";
import { fieldOf, isList, isMap, isTrue, isVariadic, NoField, typeName } from "./go-value.ts";

/** What one execution may cost: templates come from users. */
const MAX_STEPS = 100_000;
const MAX_CALLS = 50;
/** Characters of texts that functions are given and give, whatever becomes of them: sixteen texts as long as one may be. */
const MAX_WORKED = 16 * MAX_TEXT;
const TOO_MUCH = `it takes more than ${MAX_STEPS} steps`;
const TOO_MUCH_TEXT = `its functions work through more than ${MAX_WORKED} characters`;

/** Whether a failure is one that the same template would not have over less. */
export const isTooMuch = (message: string): boolean =>
  [TOO_LONG, TOO_MUCH, TOO_MUCH_TEXT, TOO_MUCH_MATCHING].some((fault) => message.includes(fault));

/** What is done to a value on its way into the text, which so far is `before`; null keeps it as fmt prints it. */
export type Escape = (value: GoValue, before: string) => string | null;

/** Texts of a template with `data` as its dot and its `$`. Failure `template_failed`, its message beginning with the line. */
export function executeTemplate(
  template: Template,
  data: GoValue,
  functions: GoFunctions,
  variables: ReadonlyMap<string, GoValue> = new Map(),
  escape: Escape = () => null,
): Result<string> {
  const run = runTemplate(template, data, functions, variables, escape);
  return typeof run === "string" ? ok(run) : fail("template_failed", `line ${run.line}: ${run.message}`);
}

/** As `executeTemplate`; the fault itself for those who say more of it. */
export function runTemplate(
  template: Template,
  data: GoValue,
  functions: GoFunctions,
  variables: ReadonlyMap<string, GoValue>,
  escape: Escape = () => null,
): string | TemplateFault {
  const run = new Execution(template, functions, escape);
  try {
    run.list(template.root, data, new Scope(null, new Map([["$", data], ...variables])));
    return run.output;
  } catch (fault) {
    if (!(fault instanceof TemplateFault)) throw fault;
    return fault;
  }
}

class Scope {
  readonly #outer: Scope | null;
  readonly #own: Map<string, GoValue>;

  constructor(outer: Scope | null, own = new Map<string, GoValue>()) {
    this.#outer = outer;
    this.#own = own;
  }

  declare(name: string, value: GoValue): void {
    this.#own.set(name, value);
  }

  get(name: string): GoValue | undefined {
    return this.#own.has(name) ? this.#own.get(name) : this.#outer?.get(name);
  }

  assign(name: string, value: GoValue): boolean {
    if (!this.#own.has(name)) return this.#outer?.assign(name, value) ?? false;
    this.#own.set(name, value);
    return true;
  }
}

/** How a list of nodes ended: `break` and `continue` leave the bodies around them up to their range. */
type Left = "end" | "break" | "continue";

class Execution {
  output = "";
  readonly #template: Template;
  readonly #functions: GoFunctions;
  readonly #escape: Escape;
  #steps = 0;
  #worked = 0;
  #calls = 0;
  #line = 1;
  #place: Place | undefined;
  #definition: string | undefined;

  constructor(template: Template, functions: GoFunctions, escape: Escape) {
    this.#template = template;
    this.#functions = functions;
    this.#escape = escape;
  }

  list(nodes: readonly Node[], dot: GoValue, scope: Scope): Left {
    for (const node of nodes) {
      const left = this.#node(node, dot, scope);
      if (left !== "end") return left;
    }
    return "end";
  }

  #node(node: Node, dot: GoValue, scope: Scope): Left {
    this.#step();
    if (node.kind === "text") {
      this.#write(node.text);
      return "end";
    }
    this.#line = node.line;
    if (node.kind === "break" || node.kind === "continue") return node.kind;
    if (node.kind === "action") {
      const value = this.#pipeline(node.pipe, dot, scope);
      if (node.pipe.variables.length === 0) this.#write(this.#printed(value));
      return "end";
    }
    if (node.kind === "template") {
      this.#place = node.place;
      const body = this.#template.definitions.get(node.name);
      if (body === undefined) return this.#fault(`template ${JSON.stringify(node.name)} not defined`);
      if (++this.#calls > MAX_CALLS) this.#fault(`templates call each other more than ${MAX_CALLS} deep`);
      const data = node.pipe === null ? null : this.#pipeline(node.pipe, dot, scope);
      const caller = this.#definition;
      this.#definition = node.name;
      this.list(body, data, new Scope(null, new Map([["$", data]])));
      this.#definition = caller;
      this.#calls--;
      return "end";
    }
    const inner = new Scope(scope);
    if (node.kind === "range") return this.#range(node, dot, inner);
    const value = this.#pipeline(node.pipe, dot, inner);
    if (!isTrue(value)) return this.list(node.otherwise, dot, new Scope(inner));
    return this.list(node.body, node.kind === "with" ? value : dot, new Scope(inner));
  }

  #range(node: Branch, dot: GoValue, scope: Scope): Left {
    const over = this.#pipeline({ ...node.pipe, variables: [] }, dot, scope);
    const [first, second] = node.pipe.variables;
    let empty = true;
    for (const [key, value] of this.#items(over)) {
      this.#step();
      empty = false;
      const inner = new Scope(scope);
      if (second !== undefined) {
        inner.declare(first ?? "", key);
        inner.declare(second, value);
      } else if (first !== undefined) inner.declare(first, value);
      if (this.list(node.body, value, inner) === "break") break;
    }
    return empty ? this.list(node.otherwise, dot, scope) : "end";
  }

  *#items(over: GoValue): Generator<readonly [GoValue, GoValue]> {
    if (over === null) return;
    if (isList(over)) for (let i = 0; i < over.length; i++) yield [BigInt(i), over[i] ?? null];
    else if (isMap(over)) for (const key of sortedKeys(over)) yield [key, over.get(key) ?? null];
    else if (typeof over === "bigint") for (let i = 0n; i < over; i++) yield [i, i];
    else this.#fault(`range can't iterate over ${typeName(over)}`);
  }

  #pipeline(pipe: Pipeline, dot: GoValue, scope: Scope): GoValue {
    let value: GoValue = null;
    pipe.commands.forEach((command, i) => (value = this.#command(command, dot, scope, i === 0 ? [] : [value])));
    for (const name of pipe.variables) {
      if (!pipe.assigns) scope.declare(name, value);
      else if (!scope.assign(name, value)) this.#fault(`undefined variable ${JSON.stringify(name)}`);
    }
    return value;
  }

  /** `piped` is the value of the command before, the last argument of this one. */
  #command({ operands, place }: Command, dot: GoValue, scope: Scope, piped: readonly GoValue[]): GoValue {
    this.#step();
    this.#place = place;
    const [head, ...rest] = operands;
    if (head === undefined) return null;
    const decides = head.kind === "function" && Object.hasOwn(SHORT_CIRCUITS, head.name) ? SHORT_CIRCUITS[head.name] : undefined;
    if (decides !== undefined) {
      let value: GoValue = null;
      for (const operand of rest) {
        value = this.#operand(operand, dot, scope);
        if (decides(value)) return value;
      }
      return piped[0] ?? value;
    }
    const values = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...piped];
    this.#place = place;
    if (head.kind === "function") return this.#call(head.name, values, head.place);
    if (head.kind === "nil") return this.#fault("nil is not a command");
    if (values.length === 0) return this.#operand(head, dot, scope);
    if (head.kind === "field" || ((head.kind === "variable" || head.kind === "pipe") && head.names.length > 0)) {
      this.#place = head.place;
      const base: GoValue = head.kind === "field" ? dot : this.#operand({ ...head, names: [] }, dot, scope);
      return this.#fields(base, head.names, values);
    }
    return this.#fault("can't give argument to non-function");
  }

  #operand(operand: Operand, dot: GoValue, scope: Scope): GoValue {
    this.#place = operand.place;
    if (operand.kind === "dot") return dot;
    if (operand.kind === "nil") return null;
    if (operand.kind === "literal") {
      const { value } = operand;
      return typeof value === "bigint" && BigInt.asIntN(64, value) !== value ? this.#fault(`${value} overflows int`) : value;
    }
    if (operand.kind === "field") return this.#fields(dot, operand.names, []);
    if (operand.kind === "function") return this.#call(operand.name, []);
    if (operand.kind === "pipe") return this.#fields(this.#pipeline(operand.pipe, dot, scope), operand.names, []);
    const value = scope.get(operand.name);
    if (value === undefined) return this.#fault(`undefined variable ${JSON.stringify(operand.name)}`);
    return this.#fields(value, operand.names, []);
  }

  #fields(base: GoValue, names: readonly string[], values: readonly GoValue[]): GoValue {
    return this.#guarded(names.at(-1) ?? "", values, () =>
      names.reduce((value, name, i) => fieldOf(value, name, i === names.length - 1 ? values : []), base),
    );
  }

  /** `named`: where its name stands, which is what Go tells of a wrong number of arguments. */
  #call(name: string, values: readonly GoValue[], named = this.#place): GoValue {
    const own = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    const called = own ?? (Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined);
    if (called === undefined) return this.#fault(`function ${JSON.stringify(name)} not defined`);
    const arity = own === undefined ? ARITY[name] : own.length;
    const isFixed = own === undefined || !isVariadic(own);
    if (arity !== undefined && (values.length < arity || (isFixed && values.length > arity))) {
      this.#place = named;
      return this.#fault(`wrong number of args for ${name}: want ${arity} got ${values.length}`);
    }
    return this.#guarded(name, values, () => called(...values));
  }

  #guarded(name: string, values: readonly GoValue[], action: () => GoValue): GoValue {
    for (const value of values) this.#work(value);
    try {
      const value = action();
      this.#work(value);
      return value;
    } catch (error) {
      if (error instanceof TemplateFault || error instanceof Interruption) throw error;
      if (error instanceof NoField) return this.#fault(error.message);
      return this.#fault(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #work(value: GoValue): void {
    if (typeof value !== "string") return;
    if (value.length > MAX_TEXT) this.#fault(TOO_LONG);
    this.#worked += value.length;
    if (this.#worked > MAX_WORKED) this.#fault(TOO_MUCH_TEXT);
  }

  #printed(value: GoValue): string {
    try {
      return this.#escape(value, this.output) ?? (value === null ? "<no value>" : formatValue(value));
    } catch (error) {
      return this.#fault(error instanceof Error ? error.message : String(error));
    }
  }

  #write(text: string): void {
    this.output += text;
    if (this.output.length > MAX_TEXT) this.#fault(TOO_LONG);
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS) this.#fault(TOO_MUCH);
  }

  #fault(message: string): never {
    throw new TemplateFault(message, this.#line, this.#place, this.#definition);
  }
}
