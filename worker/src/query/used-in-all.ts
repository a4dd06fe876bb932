import type { MatrixSeries } from "@sightline/shared/promql/api";
import { parseQuery } from "@sightline/shared/promql/engine";
import { printExpr } from "@sightline/shared/promql/format/print";
import { joinKey } from "@sightline/shared/capacity/bounded-resources";
import { type BareSelector, bareSelector } from "./bare-selector.ts";
import { type CountedEarlier, isNoReset } from "./counted-earlier.ts";
import { isCounterOf } from "../rules/detection/counter-series.ts";
import type { QuerySource } from "./query-source.ts";

/** A counter, or the sum of counters, of what is used: `spent_eur_total`, `sum(spent_eur_total)`. */
export interface Counted {
  /** PromQL of the counters. */
  readonly query: string;
  readonly selector: BareSelector;
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
  const selector = bareSelector(query);
  if (selector === undefined || selector.metric === "") return null;
  const type = reads.typeOf?.(selector.metric) ?? "unknown";
  const isSure = type !== "unknown";
  return (isSure ? isCounterOf(selector.metric, type) : selector.metric.endsWith("_total")) ? { query, selector, isSum, isSure } : null;
}

/** Of the time before each value, a step long, by the same timestamps. */
export interface Within {
  readonly lowest: readonly MatrixSeries[];
  /** What was counted in it, of what is a counter for sure. */
  readonly grown: readonly MatrixSeries[];
}

/**
 * What was counted is used, though a counter starts anew with its process or ends with it: each goes on from what it had, `earlier` than these values
 * too, and so does their sum. Null where a counter by its name alone falls otherwise than to begin anew.
 */
export function usedInAll(
  series: readonly MatrixSeries[],
  { isSum, isSure }: Pick<Counted, "isSum" | "isSure">,
  earlier: ReadonlyMap<string, CountedEarlier>,
  within: Within,
): readonly MatrixSeries[] | null {
  const [lows, grown] = [byTime(within.lowest), byTime(within.grown)];
  const isGauge = ({ labels, timestamps, values }: MatrixSeries): boolean => {
    const key = joinKey(labels);
    const before = earlier.get(key)?.last ?? 0;
    return values.some((value, i) => {
      const from = i > 0 ? values[i - 1]! : before;
      return value < from && isNoReset({ from, to: Math.min(value, lows.get(key)?.get(timestamps[i]!) ?? value) });
    });
  };
  if (!isSure && series.some(isGauge)) return null;
  const whole = series.map((one) => {
    const key = joinKey(one.labels);
    return wholeOf(one, earlier.get(key) ?? NOTHING, { low: lows.get(key), grown: grown.get(key) });
  });
  const there = new Set(series.map(({ labels }) => joinKey(labels)));
  const ended = [...earlier].reduce((sum, [key, { lost, last }]) => (there.has(key) ? sum : sum + lost + last), 0);
  return isSum && whole.length > 0 ? [sumOf(whole, ended)] : whole;
}

type ByTime = ReadonlyMap<number, number>;

const byTime = (series: readonly MatrixSeries[]): ReadonlyMap<string, ByTime> =>
  new Map(series.map(({ labels, timestamps, values }) => [joinKey(labels), new Map(zip(timestamps, values))]));

const zip = (timestamps: ArrayLike<number>, values: ArrayLike<number>): readonly (readonly [number, number])[] =>
  Array.from(timestamps, (ms, i) => [ms, values[i]!]);

const NOTHING: CountedEarlier = { lost: 0, last: 0 };

interface Whole extends MatrixSeries {
  /** What it had counted before its first value here. */
  readonly before: number;
}

/** Without its resets, from its first value on: one that began anew between two values had counted on before, and may show more again than it did. */
function wholeOf({ labels, timestamps, values }: MatrixSeries, { lost, last }: CountedEarlier, within: WithinOne): Whole {
  const whole = new Float64Array(values.length);
  for (let i = 0; i < whole.length; i++) {
    const [value, ms] = [values[i]!, timestamps[i]!];
    if (i === 0) whole[i] = lost + (value < last ? last : 0) + value;
    else {
      const before = values[i - 1]!;
      const beganAnew = Math.min(value, within.low?.get(ms) ?? value) < before;
      whole[i] = whole[i - 1]! + (beganAnew ? Math.max(value, within.grown?.get(ms) ?? 0) : value - before);
    }
  }
  return { labels, timestamps, values: whole, before: lost + last };
}

interface WithinOne {
  readonly low: ByTime | undefined;
  readonly grown: ByTime | undefined;
}

/** At every time of any of them, of what ended its last value, and what had `ended` before. */
function sumOf(series: readonly Whole[], ended: number): MatrixSeries {
  const timestamps = Float64Array.from(new Set(series.flatMap(({ timestamps }) => Array.from(timestamps)))).sort();
  const values = new Float64Array(timestamps.length).fill(ended);
  for (const one of series) {
    let at = -1;
    for (let i = 0; i < timestamps.length; i++) {
      while (at + 1 < one.timestamps.length && one.timestamps[at + 1]! <= timestamps[i]!) at++;
      values[i] = values[i]! + (one.values[at] ?? one.before);
    }
  }
  return { labels: {}, timestamps, values };
}
