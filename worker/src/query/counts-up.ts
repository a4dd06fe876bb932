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

/** Of what counts seldom a few falls are a few processes. */
const FEW = 5;
/** In so many samples what comes and goes within a step falls more often, of what is silent by night, too. */
const LOOKED_AT = 1000;

/** Whether among their samples up to a time, a step or longer, the series of a selector fall as often as what comes and goes: of one process among others that dies again and again counters are none the less. */
export function fallsOften(
  reads: QuerySource,
  bare: BareSelector,
  { stepMs, spacingMs }: { readonly stepMs: number; readonly spacingMs: number },
  endMs: number,
): boolean {
  const rangeMs = Math.ceil(Math.max(stepMs, LOOKED_AT * spacingMs));
  const resets = `sum(${bare.over("resets", rangeMs)})`;
  const query = `(${resets} > ${FEW}) / sum(${bare.over("changes", rangeMs)}) > ${SAMPLE.mostFalls}`;
  const answer = runQuery(reads, { query, startMs: endMs, endMs, stepMs: rangeMs });
  return answer.ok && answer.value.value.type === "matrix" && answer.value.value.series.length > 0;
}
