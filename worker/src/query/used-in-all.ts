import type { MatrixSeries } from "@sightline/shared/promql/api";
import { parseQuery } from "@sightline/shared/promql/engine";
import { printExpr } from "@sightline/shared/promql/format/print";
import { bareSelector } from "./bare-selector.ts";
import { countsUp } from "./counts-up.ts";
import type { QuerySource } from "./query-source.ts";

const MINUTE = 60_000;

/** A counter, or the sum of counters, of what is used: `spent_eur_total`, `sum(spent_eur_total)`. */
export interface Counted {
  /** PromQL of the counters. */
  readonly query: string;
  readonly isSum: boolean;
}

/** Null for any other expression. */
export function counted(reads: QuerySource, used: string, endMs: number): Counted | null {
  const parsed = parseQuery(used);
  if (!parsed.ok) return null;
  const { value } = parsed;
  const isSum = value.kind === "aggregate" && value.op === "sum" && value.grouping.length === 0 && !value.without;
  const query = isSum ? printExpr(value.expr) : used;
  return countsUp(reads, bareSelector(query), MINUTE, endMs) ? { query, isSum } : null;
}

/** What was counted is used, though a counter starts anew with its process or ends with it: each goes on from what it had, and so does their sum. */
export function usedInAll(series: readonly MatrixSeries[], { isSum }: Counted): readonly MatrixSeries[] {
  const whole = series.map((one) => ({ ...one, values: withoutResets(one.values) }));
  return isSum && whole.length > 0 ? [sumOf(whole)] : whole;
}

function withoutResets(values: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(values);
  let before = 0;
  for (let i = 1; i < out.length; i++) {
    if (values[i]! < values[i - 1]!) before += values[i - 1]!;
    out[i] = values[i]! + before;
  }
  return out;
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
