/** What Go's template parser refuses beyond syntax: variables that are declared nowhere around, and functions that there are not. */
import { type Result, fail, ok } from "../model/result.ts";
import type { Node, Operand, Pipeline, Template } from "./ast.ts";
import { TemplateFault } from "./ast.ts";

/** Failure `bad_template`, its message beginning with the line. `variables` are declared before the text begins. */
export function checkNames(template: Template, variables: readonly string[], isFunction: (name: string) => boolean): Result<Template> {
  try {
    const check = new NameCheck(isFunction);
    check.list(template.root, new Set(["$", ...variables]));
    for (const body of template.definitions.values()) check.list(body, new Set(["$"]));
    return ok(template);
  } catch (fault) {
    if (!(fault instanceof TemplateFault)) throw fault;
    return fail("bad_template", `line ${fault.line}: ${fault.message}`);
  }
}

class NameCheck {
  readonly #isFunction: (name: string) => boolean;

  constructor(isFunction: (name: string) => boolean) {
    this.#isFunction = isFunction;
  }

  /** `known` grows by what the list declares, to the end of the list. */
  list(nodes: readonly Node[], known: Set<string>): void {
    for (const node of nodes) {
      switch (node.kind) {
        case "action":
          this.#pipe(node.pipe, known, node.line);
          break;
        case "if":
        case "range":
        case "with": {
          const inside = new Set(known);
          this.#pipe(node.pipe, inside, node.line);
          this.list(node.body, new Set(inside));
          this.list(node.otherwise, inside);
          break;
        }
        case "template":
          if (node.pipe !== null) this.#pipe(node.pipe, known, node.line);
      }
    }
  }

  #pipe({ variables, assigns, commands }: Pipeline, known: Set<string>, line: number): void {
    for (const { operands } of commands) for (const operand of operands) this.#operand(operand, known, line);
    for (const name of variables) {
      if (assigns && !known.has(name)) throw new TemplateFault(`undefined variable ${JSON.stringify(name)}`, line);
      known.add(name);
    }
  }

  #operand(operand: Operand, known: Set<string>, line: number): void {
    if (operand.kind === "variable" && !known.has(operand.name))
      throw new TemplateFault(`undefined variable ${JSON.stringify(operand.name)}`, line);
    if (operand.kind === "function" && !this.#isFunction(operand.name))
      throw new TemplateFault(`function ${JSON.stringify(operand.name)} not defined`, line);
    if (operand.kind === "pipe") this.#pipe(operand.pipe, known, line);
  }
}
