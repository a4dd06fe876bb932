/** The tree of a Go text/template (https://pkg.go.dev/text/template), as far as rule and notification templates use it. */

/** Where something stands, and how it reads there: what a message about it shows. */
export interface Place {
  readonly line: number;
  /** Offset in the source. */
  readonly at: number;
  readonly text: string;
}

export type Operand = { readonly place: Place } & (
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "literal"; readonly value: string | number | bigint | boolean }
  | { readonly kind: "field"; readonly names: readonly string[] }
  | { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipe"; readonly pipe: Pipeline; readonly names: readonly string[] }
);

/** Operands side by side; the first is called with the others when it can be. */
export interface Command {
  readonly operands: readonly Operand[];
  readonly place: Place;
}

export interface Pipeline {
  /** `$x :=`, `$i, $x :=` or `$x =`. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipeline; readonly line: number }
  | {
      readonly kind: "if" | "range" | "with";
      readonly pipe: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
      readonly line: number;
    }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipeline | null; readonly line: number; readonly place: Place }
  | { readonly kind: "break"; readonly line: number }
  | { readonly kind: "continue"; readonly line: number };

export type Branch = Extract<Node, { readonly pipe: Pipeline; readonly body: readonly Node[] }>;

export interface Template {
  readonly root: readonly Node[];
  /** By name, of `define` and `block`. */
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}

/** Thrown inside lexer, parser and interpreter, caught at their doors. */
export class TemplateFault extends Error {
  readonly line: number;
  /** Of what was executed; undefined before anything is. */
  readonly place: Place | undefined;
  /** Whose text that is; undefined for the text that began. */
  readonly definition: string | undefined;
  constructor(message: string, line: number, place?: Place, definition?: string) {
    super(message);
    this.line = line;
    this.place = place;
    this.definition = definition;
  }
}
