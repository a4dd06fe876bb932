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
