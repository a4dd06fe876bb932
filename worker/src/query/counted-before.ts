import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { LabelSetHashes } from "../objects/labels-rpc.ts";

/** To look for a hash in memory that is far away. */
const LOOK_NS = 100;

/** Series of a shard that lie in another one, too, as a sender leaves them that moved or was divided, and are counted there. */
export interface CountedBefore {
  readonly refs: readonly number[];
  readonly byMetric: ReadonlyMap<string, number>;
}

/** Of the label sets of several shards those that a shard before has, by shard: a series counts where it lies first. */
export function* countedBefore(shards: readonly LabelSetHashes[], pace: Pace): Stepwise<readonly CountedBefore[]> {
  const seen = new HashSet(shards.reduce((sum, { refs }) => sum + refs.byteLength / 4, 0));
  const counted: CountedBefore[] = [];
  for (const { metrics, ends, refs, hashes } of shards) {
    const refOf = new Uint32Array(refs);
    const halves = new Uint32Array(hashes);
    const before: number[] = [];
    const byMetric = new Map<string, number>();
    for (let at = 0, metric = 0; at < refOf.length; at++) {
      while (at >= (ends[metric] as number)) metric++;
      if (pace.spend(LOOK_NS)) yield;
      if (seen.add(halves[2 * at] as number, halves[2 * at + 1] as number)) continue;
      before.push(refOf[at] as number);
      const name = metrics[metric] as string;
      byMetric.set(name, (byMetric.get(name) ?? 0) + 1);
    }
    counted.push({ refs: before, byMetric });
  }
  return counted;
}

/** Of hashes of 64 bits, open addressing. */
class HashSet {
  readonly #halves: Uint32Array;
  readonly #mask: number;

  constructor(most: number) {
    let places = 64;
    while (places < 2 * most) places *= 2;
    this.#halves = new Uint32Array(2 * places);
    this.#mask = places - 1;
  }

  /** True for one that is new. */
  add(high: number, low: number): boolean {
    // Both halves 0 stand for an empty place.
    const some = high === 0 && low === 0 ? 1 : low;
    const halves = this.#halves;
    for (let at = some & this.#mask; ; at = (at + 1) & this.#mask) {
      const there = halves[2 * at];
      const beside = halves[2 * at + 1];
      if (there === high && beside === some) return false;
      if (there !== 0 || beside !== 0) continue;
      halves[2 * at] = high;
      halves[2 * at + 1] = some;
      return true;
    }
  }
}
