import { familyOf } from "@sightline/shared/model/metric";
import type { BareSelector } from "./bare-selector.ts";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

/** Endings that OpenMetrics gives to what counts up. Others give them to gauges, too: `system_process_count`. */
const NAME = /_(total|count|sum|bucket)$/;
/** A counter begins anew now and then; what falls more often than with every fourth change goes up and down. */
const MOST_RESETS = 0.25;
const SAMPLES = 100;

/**
 * Whether a selector names counters: by the metric's type where that is known, otherwise by the name, unless its newest hundred samples
 * contradict it.
 */
export function countsUp(reads: QuerySource, bare: BareSelector | undefined, spacingMs: number, endMs: number): boolean {
  if (bare === undefined || bare.metric === "") return false;
  const type = reads.typeOf?.(bare.metric) ?? "unknown";
  if (type === "counter") return true;
  if (type !== "unknown") return type !== "gaugehistogram" && familyOf(bare.metric, type) !== bare.metric;
  if (!NAME.test(bare.metric)) return false;
  const over = (func: string): string => `sum(${bare.over(func, Math.ceil(SAMPLES * spacingMs))})`;
  const query = `${over("resets")} / ${over("changes")}`;
  const answer = runQuery(reads, { query, startMs: endMs, endMs, stepMs: SAMPLES * spacingMs });
  if (!answer.ok || answer.value.value.type !== "matrix") return true;
  return !((answer.value.value.series[0]?.values[0] ?? 0) > MOST_RESETS);
}
