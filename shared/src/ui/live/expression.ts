/** A PromQL expression made ready to be evaluated over buffered samples. */
import type { InstantSeries } from "../../api/data-source.ts";
import type { SampleBuffer } from "./sample-buffer.ts";

export interface LiveExpression {
  /** What to subscribe to. */
  readonly selectors: readonly string[];
  /** How far back the expression looks, ms. */
  readonly lookbackMs: number;
  evaluate(buffer: SampleBuffer, timeMs: number): readonly InstantSeries[];
}

/** Null when only the server can evaluate the expression. */
export type CompileExpression = (query: string) => LiveExpression | null;
