import type { Span } from "../ast.ts";

export type Severity = "error" | "warning" | "info";

/** Replaces a part of the text. */
export interface Edit extends Span {
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edit: Edit;
}

/** Something to say about a part of a text; offsets are UTF-16, `to` exclusive. */
export interface Diagnostic extends Span {
  readonly severity: Severity;
  /** `parse_error`, `unknown_metric`, `unknown_label`, `unknown_value`, `rate_of_gauge`, `delta_of_counter`, `missing_le`, `quantile_range`, `increase_of_aggregate`; in rule files also `bad_yaml`, `bad_rule`. */
  readonly code: string;
  readonly message: string;
  readonly fixes: readonly Fix[];
}

export const suggestion = (similar: readonly string[]): string => (similar.length === 0 ? "" : `; did you mean ${similar.join(" or ")}?`);

/** Without those that cannot be written there. */
export const replacements = (names: readonly string[], written: (name: string) => Edit | null): readonly Fix[] =>
  names.flatMap((name) => {
    const made = written(name);
    return made === null ? [] : [{ title: `Change to ${name}`, edit: made }];
  });
