import type { BatchSeries } from "@sightline/shared/model/sample";

/** Writes series as text, page after page; a series may come again with later samples. One writer an answer. */
export interface ExportWriter {
  /** What stands before the first series. */
  begin(): string;
  series(one: BatchSeries): string;
  /** What stands behind the last. */
  end(): string;
}

export interface ExportFormat {
  readonly mediaType: string;
  /** Of the file it is saved as. */
  readonly extension: string;
  readonly writer: () => ExportWriter;
}
