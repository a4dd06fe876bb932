import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { Cardinality, Count, HeadTimes, LabelCounts } from "../objects/labels-rpc.ts";
import type { Head } from "../storage/head.ts";
import type { SeriesIndex } from "../storage/series-index.ts";

/** To look at a value and how many series have it. */
const VALUE_NS = 250;
/** To look to which part a value belongs. */
const PART_NS = 60;
/** To count one value of a series. */
const ID_NS = 10;

/** What values of labels are told to it, each once, add up to; the `most` largest of each list. */
export class CardinalityTally {
  readonly #byMetric: Largest;
  readonly #byPair: Largest;
  readonly #most: number;
  readonly #labels = new Map<string, { distinct: number; bytes: number }>();

  constructor(most: number) {
    this.#most = most;
    this.#byMetric = new Largest(most);
    this.#byPair = new Largest(most);
  }

  /** `series` have this value. */
  add(name: string, value: string, series: number): void {
    let label = this.#labels.get(name);
    if (label === undefined) this.#labels.set(name, (label = { distinct: 0, bytes: 0 }));
    label.distinct++;
    label.bytes += (name.length + value.length) * series;
    if (name === METRIC_NAME) this.#byMetric.add(value, series);
    if (this.#byPair.takes(series)) this.#byPair.add(`${name}=${value}`, series);
  }

  of(series: number): Cardinality {
    const values = new Largest(this.#most);
    const bytes = new Largest(this.#most);
    let pairs = 0;
    for (const [name, label] of this.#labels) {
      pairs += label.distinct;
      values.add(name, label.distinct);
      bytes.add(name, label.bytes);
    }
    return {
      series,
      pairs,
      seriesByMetric: this.#byMetric.list(),
      valuesByLabel: values.list(),
      bytesByLabel: bytes.list(),
      seriesByPair: this.#byPair.list(),
    };
  }
}

/** Of the index alone; the `most` largest of each list. */
export function* cardinalityOf(index: SeriesIndex, most: number, pace: Pace): Stepwise<Cardinality> {
  const tally = new CardinalityTally(most);
  for (const name of index.labelNames()) {
    for (const id of index.valuesOf(name)) {
      tally.add(name, index.text(id), index.seriesWith(id));
      if (pace.spend(VALUE_NS)) yield;
    }
  }
  return tally.of(index.size);
}

export const headTimesOf = ({ oldestTime, lastTime }: Pick<Head, "oldestTime" | "lastTime">): HeadTimes => ({
  oldestMs: oldestTime,
  newestMs: lastTime.reduce((newest, t) => Math.max(newest, t), -Infinity),
});

/** How many series but `without` have each value of each label, of the values that belong to one of `parts`. */
export function* labelCountsOf(index: SeriesIndex, part: number, parts: number, without: Uint32Array, pace: Pace): Stepwise<LabelCounts[]> {
  const labels: LabelCounts[] = [];
  const left = yield* valuesIn(index, without, pace);
  for (const name of index.labelNames()) {
    const values: string[] = [];
    const series: number[] = [];
    for (const id of index.valuesOf(name)) {
      if (pace.spend(PART_NS)) yield;
      const value = index.text(id);
      if (partOf(value, parts) !== part) continue;
      const count = index.seriesWith(id) - (left[id] ?? 0);
      if (count <= 0) continue;
      values.push(value);
      series.push(count);
    }
    if (values.length > 0) labels.push({ name, values, series });
  }
  return labels;
}

/** How many of some series have each value, by its number. */
function* valuesIn(index: SeriesIndex, refs: Uint32Array, pace: Pace): Stepwise<Uint32Array> {
  const counts = new Uint32Array(index.valueEnd);
  const ids: number[] = [];
  for (const ref of refs) {
    ids.length = 0;
    index.appendValues(ids, ref);
    for (const id of ids) if (id < counts.length) counts[id] = (counts[id] as number) + 1;
    if (pace.spend(PART_NS + ids.length * ID_NS)) yield;
  }
  return counts;
}

/** The same in every shard. */
function partOf(value: string, parts: number): number {
  let hash = 0;
  for (let i = 0; i < value.length; i++) hash = (Math.imul(hash, 31) + value.charCodeAt(i)) | 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % parts;
}

/** Tells a tally what several shards have of one part, each value once. */
export function* tallyPart(shards: readonly (readonly LabelCounts[])[], tally: CardinalityTally, pace: Pace): Stepwise<void> {
  const labels = new Map<string, Map<string, number>>();
  for (const { name, values, series } of shards.flat()) {
    let sums = labels.get(name);
    if (sums === undefined) labels.set(name, (sums = new Map<string, number>()));
    for (const [i, value] of values.entries()) {
      sums.set(value, (sums.get(value) ?? 0) + (series[i] ?? 0));
      if (pace.spend(VALUE_NS)) yield;
    }
  }
  for (const [name, sums] of labels) {
    for (const [value, series] of sums) {
      tally.add(name, value, series);
      if (pace.spend(VALUE_NS)) yield;
    }
  }
}

/** The largest of many counts, equal ones by name; never many more are held than are wanted. */
export class Largest {
  readonly #most: number;
  #counts: Count[] = [];
  /** Smaller ones are not among the largest. */
  #least = -Infinity;

  constructor(most: number) {
    this.#most = most;
  }

  takes(value: number): boolean {
    return value >= this.#least;
  }

  add(name: string, value: number): void {
    if (!this.takes(value)) return;
    this.#counts.push({ name, value });
    if (this.#counts.length >= this.#most * 2 + 100) this.#cut();
  }

  list(): readonly Count[] {
    this.#cut();
    return this.#counts;
  }

  #cut(): void {
    this.#counts.sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));
    this.#counts.length = Math.min(this.#counts.length, this.#most);
    if (this.#counts.length === this.#most) this.#least = this.#counts.at(-1)?.value ?? -Infinity;
  }
}
