import { joinKey } from "@sightline/shared/capacity/bounded-resources";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import type { BareSelector } from "./bare-selector.ts";
import { runQuery } from "./prometheus-query.ts";
import type { QuerySource } from "./query-source.ts";

const HOUR = 3_600_000;
/** Stretches, the newest first, and the steps that they are read in: of resets within one step the highest value tells. */
const STEPS = [HOUR, 4 * HOUR, 24 * HOUR, 24 * HOUR];
const STEPS_AT_ONCE = 1000;

/** What a counter had counted until a time. */
export interface CountedEarlier {
  /** Before it began anew for the last time. */
  readonly lost: number;
  /** What it showed last. */
  readonly last: number;
}

/**
 * By the labels of each counter that a selector had until `beforeMs`, which may have ended long ago, as far back as there are samples without a
 * break of six weeks. Failures: those of a query, `limit`.
 */
export function countedEarlier(reads: QuerySource, selector: BareSelector, beforeMs: number): Result<ReadonlyMap<string, CountedEarlier>> {
  const counted = new Map<string, CountedEarlier>();
  /** The first values of what came later than the stretch that is looked at. */
  const firsts = new Map<string, number>();
  let endMs = beforeMs;
  for (const stepMs of STEPS) {
    const startMs = endMs - (STEPS_AT_ONCE - 1) * stepMs;
    const read = (func: string) => runQuery(reads, { query: selector.over(func, stepMs), startMs, endMs, stepMs });
    const [lasts, highs] = [read("last_over_time"), read("max_over_time")];
    if (!lasts.ok) return lasts;
    if (!highs.ok) return highs;
    const ofHighs = new Map(seriesOf(highs.value.value).map((one) => [joinKey(one.labels), one.values]));
    const found = seriesOf(lasts.value.value);
    if (found.length === 0) break;
    for (const { labels, values } of found) {
      const key = joinKey(labels);
      const { lost = 0, last } = counted.get(key) ?? {};
      const next = firsts.get(key);
      const latest = values.at(-1) ?? 0;
      const between = next !== undefined && next < latest ? latest : 0;
      counted.set(key, { lost: lost + between + lostIn(values, ofHighs.get(key) ?? values), last: last ?? latest });
      firsts.set(key, values[0] ?? 0);
    }
    endMs = startMs - stepMs;
  }
  return ok(counted);
}

const seriesOf = (value: { readonly type: string; readonly series?: readonly MatrixSeries[] }): readonly MatrixSeries[] =>
  value.type === "matrix" ? (value.series ?? []) : [];

/** By the last value and the highest of each step: what is above the last was before it began anew, and so was a last that the next step never reached. */
function lostIn(lasts: ArrayLike<number>, highs: ArrayLike<number>): number {
  let lost = 0;
  for (let i = 0; i < lasts.length; i++) {
    if (i > 0 && highs[i]! < lasts[i - 1]!) lost += lasts[i - 1]!;
    if (highs[i]! > lasts[i]!) lost += highs[i]!;
  }
  return lost;
}
