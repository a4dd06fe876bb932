import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import { type SeriesMemory, type StreamingPlan, seriesMemory } from "@sightline/shared/rules/streaming/judge-series";
import { NUMBER } from "@sightline/shared/rules/streaming/program-runner";
import { fingerprintOf, withoutName } from "../compiled-rule.ts";
import type { StreamingRule } from "./rule-reach.ts";

/** A rule and one series that it looks at. */
export interface Watch {
  readonly rule: StreamingRule;
  readonly slot: number;
  readonly fingerprint: string;
  readonly source: Labels;
  /** Of a rule that says more than its expression; null for all others, which pay nothing for it. */
  readonly conditions: { readonly plan: StreamingPlan; readonly memory: SeriesMemory } | null;
}

/** Of a series: the rules that watch it, and how far back they look, ms. */
export interface WatchedBy {
  readonly rules: readonly { readonly id: string; readonly source: Labels }[];
  readonly reachMs: number;
}

/** Of a rule that says more than its expression: it is judged at every sample. */
const ALWAYS = Float64Array.of(NUMBER, 0);

export function watchOf(rule: StreamingRule, slot: number, labels: Labels): Watch {
  const { conditions, program } = rule;
  const source = program.keepsName ? labels : withoutName(labels);
  const judged = conditions === null ? null : { plan: { ...conditions, program }, memory: seriesMemory() };
  return { rule, slot, fingerprint: fingerprintOf(rule, source), source, conditions: judged };
}

/** What runs at each sample of the series. */
export const codeOf = ({ conditions, program }: StreamingRule): Float64Array => (conditions === null ? program.code : ALWAYS);

/** The compiler takes no selector without a metric's name. */
export const metricOf = ({ program }: StreamingRule): string =>
  program.matchers.find(({ name, op }) => name === METRIC_NAME && op === "=")?.value ?? "";
