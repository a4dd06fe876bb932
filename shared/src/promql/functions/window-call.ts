/** What a range function is called with besides its window. */
import type { Span } from "../ast.ts";
import type { Annotations } from "../evaluation/annotations.ts";

export interface WindowCall {
  readonly notes: Annotations;
  readonly span: Span;
  /** Scalar arguments, one column each, in order. */
  readonly params: readonly Float64Array[];
  readonly paramSpans: readonly Span[];
}
