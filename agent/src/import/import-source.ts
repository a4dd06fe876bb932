import type { BatchSeries } from "@sightline/shared/model/sample";

/** What could not be read; the rest goes on. `samples` null: a part of which nobody knows how many it held. */
export type Refuse = (code: string, samples: number | null, message: string) => void;

/** Something to import from. The same content gives the same columns in the same order, every time: resuming counts on it. */
export interface ImportSource {
  /** For messages: "block 01H…", "dump.prom". */
  readonly name: string;
  /** SHA-256 of the content, hex. */
  identity(): Promise<string>;
  /** Each series' samples oldest first, as far as the source has them so. */
  series(refuse: Refuse): AsyncGenerator<BatchSeries>;
}

/** The file or folder is not what it should be; the message says what to do. */
export class UnreadableSource extends Error {}
