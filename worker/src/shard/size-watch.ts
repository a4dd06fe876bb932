import type { SenderClaims } from "./sender-claims.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/** Of the bound of series, where a sender that still adds some is divided. */
const NEARLY_FULL = 0.8;

/** The sender that brings a shard near its bound is divided before anything of it must be refused. */
export class SizeWatch {
  readonly #index: { readonly size: number };
  readonly #maxSeries: number;
  readonly #claims: SenderClaims;
  readonly #neighbours: ShardNeighbours | undefined;
  readonly #dividing = new Set<string>();
  #series = 0;

  constructor(index: { readonly size: number }, maxSeries: number, claims: SenderClaims, neighbours: ShardNeighbours | undefined) {
    this.#index = index;
    this.#maxSeries = maxSeries;
    this.#claims = claims;
    this.#neighbours = neighbours;
  }

  /** After each append of a sender. */
  grewBy(sender: string): void {
    const series = this.#index.size;
    const grew = series > this.#series;
    this.#series = series;
    if (!grew || this.#neighbours === undefined || series < this.#maxSeries * NEARLY_FULL) return;
    if (this.#dividing.has(sender) || this.#claims.isDivided(sender)) return;
    this.#dividing.add(sender);
    this.#neighbours.askSplit(sender).catch(() => this.#dividing.delete(sender));
  }
}
