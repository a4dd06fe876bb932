import type { Result } from "@sightline/shared/model/result";

/** `matchers`: selectors in PromQL, as `match[]` gives them; several are a union. Times in ms, inclusive. */
export interface SeriesQuery {
  readonly matchers: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
}

/** Between the entries of a list: no text in JSON has the end of a line in it. */
export const SEPARATOR = ",\n";

/** A list as JSON, so that a long one is neither taken apart nor put together again on its way: some thousand entries a piece. */
export interface JsonList {
  readonly entries: number;
  readonly pieces: readonly ArrayBuffer[];
}

export interface Count {
  readonly name: string;
  readonly value: number;
}

/** How many series a shard has, of what; lists begin with the largest. */
export interface Cardinality {
  readonly series: number;
  /** Values of all labels. */
  readonly pairs: number;
  readonly seriesByMetric: readonly Count[];
  readonly valuesByLabel: readonly Count[];
  /** Of names and values in all series. */
  readonly bytesByLabel: readonly Count[];
  /** Named `label=value`. */
  readonly seriesByPair: readonly Count[];
}

/** From the oldest sample that is in no block yet to the newest of all, ms; Infinity and -Infinity without any. */
export interface HeadTimes {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** How many series have each of some values of a label. */
export interface LabelCounts {
  readonly name: string;
  readonly values: readonly string[];
  /** By value. */
  readonly series: readonly number[];
}

/** Label sets as hashes of 64 bits, those of one metric together. */
export interface LabelSetHashes {
  readonly metrics: readonly string[];
  /** Of each metric, how many sets it and those before it have. */
  readonly ends: readonly number[];
  /** 32 bits for each set. */
  readonly refs: ArrayBuffer;
  /** Twice 32 bits for each. */
  readonly hashes: ArrayBuffer;
}

/** What a shard knows of labels. Failures: those of a selector, and `limit` for a list that is too long. */
export interface LabelsRpc {
  /** Label sets: of one selector in no order, of several in that of their labels. */
  series(query: SeriesQuery): Promise<Result<JsonList>>;
  /** In order. */
  labelNames(query: SeriesQuery): Promise<Result<JsonList>>;
  /** In order. */
  labelValues(label: string, query: SeriesQuery): Promise<Result<JsonList>>;
  /** The `most` largest of each list. */
  cardinality(most: number): Promise<Cardinality & HeadTimes>;
  /** Of its label sets that belong to the part `part` of `parts`, which is the same in every shard. */
  labelSetHashes(part: number, parts: number): Promise<LabelSetHashes>;
  /** Of the values of all labels that belong to such a part, in all series but `without` (refs, 32 bits each). */
  labelCounts(part: number, parts: number, without: ArrayBuffer): Promise<readonly LabelCounts[]>;
}
