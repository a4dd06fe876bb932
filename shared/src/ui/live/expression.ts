/** A PromQL expression made ready to be evaluated over buffered samples, by the engine that the server runs too. */
import type { InstantSeries } from "../../api/data-source.ts";
import { labelWord } from "../../model/labels.ts";
import type { Matcher } from "../../model/matcher.ts";
import type { SelectRequest } from "../../promql/api.ts";
import { evaluate, parseQuery, selectRequests } from "../../promql/engine.ts";
import { matchesLabels } from "../../promql/matchers.ts";
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

/** More raw history than this is not worth sending to a viewer: the server is asked for the result instead. */
const MAX_LOOKBACK_MS = 600_000;
/** Where the windows of an expression are measured from; any time after the longest of them. */
const PROBE_MS = 4_000_000_000_000;

/** Null for what does not parse, for what reads no samples, and for windows over ten minutes. */
export function compileExpression(query: string): LiveExpression | null {
  const parsed = parseQuery(query);
  if (!parsed.ok) return null;
  const requests = selectRequests(parsed.value, { startMs: PROBE_MS, endMs: PROBE_MS, stepMs: 0 });
  const lookbackMs = Math.max(0, ...requests.map(({ startMs }) => PROBE_MS - startMs));
  if (requests.length === 0 || lookbackMs > MAX_LOOKBACK_MS) return null;
  return {
    selectors: [...new Set(requests.map(({ matchers }) => formatSelector(matchers)))],
    lookbackMs,
    evaluate(buffer, timeMs) {
      const select = ({ matchers, startMs, endMs }: SelectRequest): ReturnType<SampleBuffer["select"]> =>
        buffer.select((labels) => matchesLabels(matchers, labels), startMs, endMs);
      const result = evaluate(parsed.value, { startMs: timeMs, endMs: timeMs, stepMs: 0 }, select);
      if (!result.ok) return [];
      const { value } = result.value;
      if (value.type === "scalar") return [{ labels: {}, t: timeMs, v: value.value }];
      if (value.type !== "vector") return [];
      return value.samples
        .filter((sample) => sample.histogram === undefined)
        .map((sample) => ({ labels: sample.labels, t: timeMs, v: sample.value }));
    },
  };
}

/** A selector in PromQL of exactly these matchers. */
export function formatSelector(matchers: readonly Matcher[]): string {
  return `{${matchers.map(({ name, op, value }) => `${labelWord(name)}${op}${JSON.stringify(value)}`).join(",")}}`;
}
