/** How far streaming rules look back, and how long time alone changes what they say. */
import type { SeriesProgram } from "@sightline/shared/rules/streaming/compile";
import { LOOKBACK_MS } from "@sightline/shared/rules/streaming/program-runner";
import type { CompiledRule } from "../compiled-rule.ts";

export type StreamingRule = CompiledRule & { readonly program: SeriesProgram };

/** How far back the outcomes are looked for that "M of the last N" counts, ms. */
const OUTCOMES_MS = 3_600_000;
/** No rule looks further back, ms: its window is an hour at most (`compile.ts`). */
export const FURTHEST_MS = 3_600_000 + OUTCOMES_MS;

/** How far back stored samples are read for a rule, ms. */
export const storedReachOf = ({ program, conditions }: StreamingRule): number =>
  Math.max(program.rangeMs, LOOKBACK_MS, conditions === null || conditions.mOfN === null ? 0 : program.rangeMs + OUTCOMES_MS);

/** How long after its newest sample a series is judged by time alone, ms. */
export const reachOf = ({ program, conditions }: StreamingRule): number => {
  const silence = conditions?.onGap === "fire" ? LOOKBACK_MS + conditions.gapLimitMs : 0;
  return Math.max(program.rangeMs, silence);
};
