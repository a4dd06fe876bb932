import { SAMPLE } from "@sightline/shared/anomaly/sample-constants";
import { COUNTER_NAME, isCounterOf } from "../rules/detection/counter-series.ts";
import type { BareSelector } from "./bare-selector.ts";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

const SAMPLES = 100;

/**
 * Whether a selector names counters: by the metric's type where that is known, otherwise by the name, unless its newest hundred samples
 * contradict it.
 */
export function countsUp(reads: QuerySource, bare: BareSelector | undefined, spacingMs: number, endMs: number): boolean {
  if (bare === undefined || bare.metric === "") return false;
  const type = reads.typeOf?.(bare.metric) ?? "unknown";
  if (type !== "unknown") return isCounterOf(bare.metric, type);
  if (!COUNTER_NAME.test(bare.metric)) return false;
  const over = (func: string): string => `sum(${bare.over(func, Math.ceil(SAMPLES * spacingMs))})`;
  const query = `${over("resets")} / ${over("changes")}`;
  const answer = runQuery(reads, { query, startMs: endMs, endMs, stepMs: SAMPLES * spacingMs });
  if (!answer.ok || answer.value.value.type !== "matrix") return true;
  return !((answer.value.value.series[0]?.values[0] ?? 0) > SAMPLE.mostFalls);
}
