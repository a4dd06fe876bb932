import type { SenderClaims } from "./sender-claims.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/** Of the bound of living series, where a sender that still adds some is divided. */
const NEARLY_FULL = 0.8;
export const dividesFrom = (maxSeries: number): number => maxSeries * NEARLY_FULL;

/** Living series are counted anew after a part of these has come: some that are known may have come back meanwhile. */
const COUNT_PARTS = 80;

export interface WatchedSeries {
  /** One past the highest number that was given to a series. */
  readonly index: { readonly end: number };
  /** How many of those that are known live. */
  readonly room: { readonly living: number };
}

/** The sender that brings a shard near its bound is divided before anything of it must be refused. */
export class SizeWatch {
  readonly #series: WatchedSeries;
  readonly #most: number;
  readonly #claims: SenderClaims;
  readonly #neighbours: ShardNeighbours | undefined;
  readonly #dividing = new Set<string>();
  #end: number;
  /** So many series have to come before there can be too many. */
  #lookFrom: number;

  constructor(series: WatchedSeries, maxSeries: number, claims: SenderClaims, neighbours: ShardNeighbours | undefined) {
    this.#series = series;
    this.#most = dividesFrom(maxSeries);
    this.#claims = claims;
    this.#neighbours = neighbours;
    this.#end = series.index.end;
    this.#lookFrom = this.#most;
  }

  /** After each append of a sender. */
  grewBy(sender: string): void {
    const { end } = this.#series.index;
    const grew = end > this.#end;
    this.#end = end;
    if (!grew || this.#neighbours === undefined || end < this.#lookFrom) return;
    if (this.#dividing.has(sender) || this.#claims.isDivided(sender)) return;
    // What came and went takes no room.
    const left = this.#most - this.#series.room.living;
    this.#lookFrom = end + Math.min(left, this.#most / COUNT_PARTS);
    if (left > 0) return;
    this.#dividing.add(sender);
    this.#neighbours.askSplit(sender).catch(() => this.#dividing.delete(sender));
  }
}
