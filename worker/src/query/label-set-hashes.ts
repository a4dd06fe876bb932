import { finishMurmur3, mixMurmur3 } from "@sightline/shared/encoding/murmur3";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { LabelSetHashes } from "../objects/labels-rpc.ts";
import type { SeriesIndex } from "../storage/series-index.ts";

/** To take a value into the hash of a set. */
const VALUE_NS = 40;
/** To hash the text of a value. */
const TEXT_NS = 500;
/** Of the two halves of a hash. */
const SEEDS = [0x2545f491, 0x5851f42d] as const;
/** No code unit: stands between a label's name and its value. */
const BETWEEN = 0x10000;

/**
 * Hashes of the label sets that belong to one of `parts`, by metric. A label set has the same in every shard: its labels are
 * taken in the order of their names. Two different ones of a million share all 64 bits once in 37 million such projects.
 */
export function* labelSetHashesOf(index: SeriesIndex, part: number, parts: number, pace: Pace): Stepwise<LabelSetHashes> {
  const texts = new TextHashes(index);
  const metrics: string[] = [];
  const ends: number[] = [];
  const refs: number[] = [];
  const hashes: number[] = [];
  const ids: number[] = [];
  for (const metric of index.valuesOf(METRIC_NAME)) {
    // Not the index's own list, which may change at a stop.
    for (const ref of index.refsWith(metric).slice()) {
      ids.length = 0;
      index.appendValues(ids, ref);
      let [high, low] = SEEDS as readonly [number, number];
      let ns = 0;
      for (const id of ids) {
        if (texts.learn(id)) ns += TEXT_NS;
        high = mixMurmur3(high, texts.high(id));
        low = mixMurmur3(low, texts.low(id));
      }
      high = finishMurmur3(high, ids.length) >>> 0;
      low = finishMurmur3(low, ids.length) >>> 0;
      if (ids.length > 0 && high % parts === part) {
        refs.push(ref);
        hashes.push(high, low);
      }
      if (pace.spend(ns + (ids.length + 1) * VALUE_NS)) yield;
    }
    if (refs.length > (ends.at(-1) ?? 0)) {
      metrics.push(index.text(metric));
      ends.push(refs.length);
    }
  }
  return { metrics, ends, refs: new Uint32Array(refs).buffer, hashes: new Uint32Array(hashes).buffer };
}

/** Hashes of a label's name with its value, by the value's number, each made once. */
class TextHashes {
  readonly #index: SeriesIndex;
  #halves: Int32Array;

  constructor(index: SeriesIndex) {
    this.#index = index;
    this.#halves = new Int32Array(2 * index.valueEnd);
  }

  /** True when it was not known. */
  learn(id: number): boolean {
    if (2 * id >= this.#halves.length) {
      const longer = new Int32Array(4 * id + 2);
      longer.set(this.#halves);
      this.#halves = longer;
    }
    if (this.high(id) !== 0 || this.low(id) !== 0) return false;
    const name = this.#index.nameOf(id);
    const value = this.#index.text(id);
    for (const [half, seed] of SEEDS.entries()) {
      let hash: number = seed;
      for (let i = 0; i < name.length; i++) hash = mixMurmur3(hash, name.charCodeAt(i));
      hash = mixMurmur3(hash, BETWEEN);
      for (let i = 0; i < value.length; i++) hash = mixMurmur3(hash, value.charCodeAt(i));
      this.#halves[2 * id + half] = finishMurmur3(hash, name.length + 1 + value.length);
    }
    return true;
  }

  high(id: number): number {
    return this.#halves[2 * id] as number;
  }

  low(id: number): number {
    return this.#halves[2 * id + 1] as number;
  }
}
