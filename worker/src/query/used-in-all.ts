import { joinedCounter } from "@sightline/shared/forecast/joined-counter";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import { parseQuery } from "@sightline/shared/promql/engine";
import { printExpr } from "@sightline/shared/promql/format/print";
import { bareSelector } from "./bare-selector.ts";
import { isCounterOf } from "../rules/detection/counter-series.ts";
import type { QuerySource } from "./query-source.ts";

/** A counter, or the sum of counters, of what is used: `spent_eur_total`, `sum(spent_eur_total)`. */
export interface Counted {
  /** PromQL of the counters. */
  readonly query: string;
  readonly isSum: boolean;
  /** By its type, not by its name alone. */
  readonly isSure: boolean;
}

/** Null for any other expression. */
export function counted(reads: QuerySource, used: string): Counted | null {
  const parsed = parseQuery(used);
  if (!parsed.ok) return null;
  const { value } = parsed;
  const isSum = value.kind === "aggregate" && value.op === "sum" && value.grouping.length === 0 && !value.without;
  const query = isSum ? printExpr(value.expr) : used;
  const metric = bareSelector(query)?.metric ?? "";
  const type = metric === "" ? "gauge" : (reads.typeOf?.(metric) ?? "unknown");
  if (type === "unknown") return metric.endsWith("_total") ? { query, isSum, isSure: false } : null;
  return isCounterOf(metric, type) ? { query, isSum, isSure: true } : null;
}

/**
 * What was counted is used, though a counter starts anew with its process or ends with it: each goes on from what it had, and so does their sum. Null
 * where a counter by its name alone falls otherwise than to begin anew.
 */
export function usedInAll(series: readonly MatrixSeries[], { isSum, isSure }: Counted): readonly MatrixSeries[] | null {
  if (!isSure && series.some(({ values }) => values.some((value, i) => i > 0 && value < values[i - 1]! && value > values[i - 1]! / 2)))
    return null;
  const whole = series.map((one) => ({ ...one, values: withoutResets(one.values) }));
  return isSum && whole.length > 0 ? [sumOf(whole)] : whole;
}

/** From its first value on; a joined counter ends at its last. */
function withoutResets(values: ArrayLike<number>): Float64Array {
  const joined = joinedCounter(values);
  const lost = (values[0] ?? 0) - (joined[0] ?? 0);
  return joined.map((value) => value + lost);
}

/** At every time of any of them, of what ended its last value. */
function sumOf(series: readonly MatrixSeries[]): MatrixSeries {
  const timestamps = Float64Array.from(new Set(series.flatMap(({ timestamps }) => Array.from(timestamps)))).sort();
  const values = new Float64Array(timestamps.length);
  for (const one of series) {
    let at = -1;
    for (let i = 0; i < timestamps.length; i++) {
      while (at + 1 < one.timestamps.length && one.timestamps[at + 1]! <= timestamps[i]!) at++;
      values[i] = values[i]! + (one.values[at] ?? 0);
    }
  }
  return { labels: {}, timestamps, values };
}
