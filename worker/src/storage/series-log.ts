import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Quarantine } from "./quarantine.ts";
import { seal, unseal } from "./sealed-blob.ts";
import type { SqlDatabase } from "./sql-database.ts";
import type { IndexedSeries, SeriesIndex } from "./series-index.ts";
import { readSeries, writeSeries } from "./series-record.ts";

/** 2: the type may carry the bit of delta temporality. */
const SERIES_VERSION = 2;
const BLOB_BYTES = 900_000;
const MAX_SMALL_ROWS = 3;

/** Definitions of the series that the dropped WAL segments introduced: blobs of many, rewritten as few when many small ones have gathered. */
export class SeriesLog {
  readonly #database: SqlDatabase;
  /** Blobs that are not nearly full. */
  #smallRows = 0;
  /** Refs below this are here; the rest are in the WAL. */
  #end = 0;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  load(index: SeriesIndex, quarantine: Quarantine, nowMs: number): void {
    for (const row of this.#database.all<{ id: number; body: Uint8Array }>("SELECT id, body FROM series ORDER BY id")) {
      const opened = unseal("series", SERIES_VERSION, row.body);
      if (!opened.ok) {
        this.#database.transaction(() => {
          quarantine.add(`series/${row.id}`, opened.error.message, row.body, nowMs);
          this.#database.run("DELETE FROM series WHERE id = ?", row.id);
        });
        continue;
      }
      const reader = new ByteReader(opened.value.body);
      this.#end = Math.max(this.#end, reader.varint());
      while (reader.remaining > 0) {
        const series = readSeries(reader);
        if (index.find(series.labels) === undefined) index.add(series.labels, series.metadata, series.temporality, series.ref);
      }
      if (row.body.length < BLOB_BYTES / 2) this.#smallRows += 1;
    }
  }

  get end(): number {
    return this.#end;
  }

  /** Adds the series the index has got since the last call, or writes all anew when some are gone or say other things; inside the caller's transaction. */
  extend(index: SeriesIndex, changed: boolean): void {
    if (index.end === this.#end && !changed) return;
    const rewrite = changed || this.#smallRows >= MAX_SMALL_ROWS;
    const from = rewrite ? 0 : this.#end;
    if (rewrite) this.#database.run("DELETE FROM series");
    const batch: IndexedSeries[] = [];
    for (let ref = from; ref < index.end; ref++) {
      const series = index.get(ref);
      if (series !== undefined) batch.push(series);
    }
    this.#write(batch, index.end);
    this.#smallRows = rewrite ? 1 : this.#smallRows + 1;
    this.#end = index.end;
  }

  #write(series: readonly IndexedSeries[], end: number): void {
    const writer = new ByteWriter(4096);
    writer.varint(end);
    const flush = () => {
      this.#database.run("INSERT INTO series (body) VALUES (?)", seal("series", SERIES_VERSION, writer.view()));
      writer.clear();
      writer.varint(end);
    };
    for (const one of series) {
      writeSeries(writer, one);
      if (writer.length >= BLOB_BYTES) flush();
    }
    flush();
  }
}
