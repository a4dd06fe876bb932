import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { Cardinality, Count } from "../objects/labels-rpc.ts";
import type { SeriesIndex } from "../storage/series-index.ts";

/** To look at a value and how many series have it. */
const VALUE_NS = 250;

/** Of the index alone; the `most` largest of each list. */
export function* cardinalityOf(index: SeriesIndex, most: number, pace: Pace): Stepwise<Cardinality> {
  const byMetric = new Largest(most);
  const byPair = new Largest(most);
  const values = new Largest(most);
  const bytes = new Largest(most);
  let pairs = 0;
  for (const name of index.labelNames()) {
    let distinct = 0;
    let length = 0;
    for (const [value, refs] of index.valuesOf(name)) {
      distinct++;
      length += (name.length + value.length) * refs.length;
      if (name === METRIC_NAME) byMetric.add(value, refs.length);
      if (byPair.takes(refs.length)) byPair.add(`${name}=${value}`, refs.length);
      if (pace.spend(VALUE_NS)) yield;
    }
    pairs += distinct;
    values.add(name, distinct);
    bytes.add(name, length);
  }
  return {
    series: index.size,
    pairs,
    seriesByMetric: byMetric.list(),
    valuesByLabel: values.list(),
    bytesByLabel: bytes.list(),
    seriesByPair: byPair.list(),
  };
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
