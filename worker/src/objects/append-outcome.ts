export interface AppendOutcome {
  readonly accepted: number;
  /** `index` counts series of the batch. */
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
  /** Exemplars kept, where there were any. */
  readonly exemplars?: number;
  /** Of `accepted`, native histograms, where there were any. */
  readonly histograms?: number;
}

/** What of a request was refused before it came to a shard (samples; of what could not be read, items, lines or points), by code. */
export type RefusedBefore = Readonly<Record<string, number>>;

/** `written`: what of a remote-write request is there now, duplicates included. */
export interface RemoteWriteOutcome extends AppendOutcome {
  readonly written: { readonly samples: number; readonly histograms: number; readonly exemplars: number };
}

export type Repeatable = RepeatableRequest | "by_time";

/** What makes a request safe to repeat: the sender's key, and the hash of the body as it was sent. */
export interface RepeatableRequest {
  readonly key: string;
  readonly bodyHash: string;
}
