/** Which steps and which stretch of samples a selector or subquery covers. */
import type { MatrixSelector, Subquery, VectorSelector } from "../ast.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import { rollupTerms } from "./rollup-terms.ts";
import type { Steps } from "./steps.ts";
import { stepCount, timeOf } from "./steps.ts";

export const DEFAULT_LOOKBACK_MS = 300_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

const ms = (duration: unknown): number => (typeof duration === "number" ? duration : 0);

/** Times moved by `@` and offset: step i reads at `base + i * stepMs`. */
export function readTimes(node: { readonly offset: unknown; readonly at?: unknown }, steps: Steps): Steps {
  if (typeof node.at === "number") return { startMs: node.at - ms(node.offset), stepMs: 0, count: steps.count };
  return { startMs: steps.startMs - ms(node.offset), stepMs: steps.stepMs, count: steps.count };
}

/** `reader` says what the samples are for, where rollups may answer it. */
export function selectorRequest(node: VectorSelector, steps: Steps, params: QueryParams, reader?: string): SelectRequest {
  const read = readTimes(node, steps);
  const lookback = params.lookbackMs ?? DEFAULT_LOOKBACK_MS;
  const after = node.extension === "smoothed" ? lookback : 0;
  return {
    matchers: node.matchers,
    startMs: read.startMs - lookback,
    endMs: timeOf(read, Math.max(0, read.count - 1)) + after,
    ...rollupTerms(node.extension === undefined ? reader : undefined, read.stepMs, undefined, params),
  };
}

export function matrixRequest(node: MatrixSelector, steps: Steps, params: QueryParams, reader?: string): SelectRequest {
  const read = readTimes(node.selector, steps);
  const lookback = params.lookbackMs ?? DEFAULT_LOOKBACK_MS;
  const { extension } = node.selector;
  const before = ms(node.range) + (extension === undefined ? 0 : lookback);
  return {
    matchers: node.selector.matchers,
    startMs: read.startMs - before,
    endMs: timeOf(read, Math.max(0, read.count - 1)) + (extension === "smoothed" ? lookback : 0),
    ...rollupTerms(extension === undefined ? reader : undefined, read.stepMs, ms(node.range), params),
  };
}

/** The inner evaluation of a subquery: steps at multiples of its resolution, first one after the oldest window's open left end. */
export function subquerySteps(node: Subquery, steps: Steps, params: QueryParams): Steps {
  const read = readTimes(node, steps);
  const stepMs = node.step === undefined ? (params.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS) : ms(node.step);
  const open = read.startMs - ms(node.range);
  const end = timeOf(read, Math.max(0, read.count - 1));
  let start = stepMs * Math.trunc(open / stepMs);
  if (start <= open) start += stepMs;
  return { startMs: start, stepMs, count: stepCount(start, end, stepMs) };
}
