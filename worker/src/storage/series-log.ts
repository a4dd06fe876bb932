import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Quarantine } from "./quarantine.ts";
import { seal, unseal } from "./sealed-blob.ts";
import { decodeSeriesColumns, encodeSeriesColumns } from "./series-columns.ts";
import type { SqlDatabase } from "./sql-database.ts";
import type { IndexedSeries, SeriesIndex } from "./series-index.ts";
import { readSeries } from "./series-record.ts";

/** 2: the type may carry the bit of delta temporality. 3: series by columns, deflated. */
const SERIES_VERSION = 3;
const BATCH = 10_000;
const LONGEST_BLOB = 1_800_000;
const MAX_SMALL_ROWS = 3;

interface LogRow {
  readonly id: number;
  /** Lowest ref it may hold; it holds those up to the next row's. */
  readonly from: number;
  readonly series: number;
}

/** Definitions of the series that the dropped WAL segments introduced: blobs of many; small ones that gathered are rewritten as one. */
export class SeriesLog {
  readonly #database: SqlDatabase;
  #rows: LogRow[] = [];
  #nextId = 1;
  /** Refs below this are here; the rest are in the WAL. */
  #end = 0;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  load(index: SeriesIndex, quarantine: Quarantine, nowMs: number): void {
    for (const row of this.#database.all<{ id: number; body: Uint8Array }>("SELECT id, body FROM series ORDER BY id")) {
      this.#nextId = row.id + 1;
      const read = readBlob(row.body);
      if (typeof read === "string") {
        this.#database.transaction(() => {
          quarantine.add(`series/${row.id}`, read, row.body, nowMs);
          this.#database.run("DELETE FROM series WHERE id = ?", row.id);
        });
        continue;
      }
      this.#rows.push({ id: row.id, from: read.series[0]?.ref ?? this.#end, series: read.series.length });
      this.#end = Math.max(this.#end, read.end);
      for (const { labels, metadata, temporality, ref } of read.series)
        if (index.find(labels) === undefined) index.add(labels, metadata, temporality, ref);
    }
  }

  get end(): number {
    return this.#end;
  }

  /** Adds the series the index has got since the last call, or writes all anew when some are gone or say other things; inside the caller's transaction. */
  extend(index: SeriesIndex, changed: boolean): void {
    if (index.end === this.#end && !changed) return;
    const kept = changed ? 0 : this.#rows.length - this.#smallTail();
    const from = this.#rows[kept]?.from ?? this.#end;
    for (const row of this.#rows.splice(kept)) this.#database.run("DELETE FROM series WHERE id = ?", row.id);
    let batch: IndexedSeries[] = [];
    for (let ref = changed ? 0 : from; ref < index.end; ref++) {
      const series = index.get(ref);
      if (series !== undefined) batch.push(series);
      if (batch.length < BATCH) continue;
      this.#write(batch, index.end);
      batch = [];
    }
    // An empty one still says how many refs were given.
    if (batch.length > 0 || this.#rows.length === 0) this.#write(batch, index.end);
    this.#end = index.end;
  }

  /** How many rows at the end are small, where they are enough to be worth rewriting. */
  #smallTail(): number {
    let small = 0;
    while (small < this.#rows.length && (this.#rows.at(-1 - small)?.series ?? 0) < BATCH / 2) small++;
    return small >= MAX_SMALL_ROWS ? small : 0;
  }

  #write(series: readonly IndexedSeries[], end: number): void {
    const writer = new ByteWriter(4096);
    writer.varint(end);
    writer.bytes(encodeSeriesColumns(series));
    if (writer.length > LONGEST_BLOB && series.length > 1) {
      const middle = series.length >> 1;
      this.#write(series.slice(0, middle), end);
      this.#write(series.slice(middle), end);
      return;
    }
    const id = this.#nextId++;
    this.#database.run("INSERT INTO series (id, body) VALUES (?, ?)", id, seal("series", SERIES_VERSION, writer.view()));
    this.#rows.push({ id, from: series[0]?.ref ?? end, series: series.length });
  }
}

/** The series of a blob, ascending, or why they cannot be read. */
function readBlob(blob: Uint8Array): { readonly end: number; readonly series: readonly IndexedSeries[] } | string {
  const opened = unseal("series", SERIES_VERSION, blob);
  if (!opened.ok) return opened.error.message;
  try {
    const reader = new ByteReader(opened.value.body);
    const end = reader.varint();
    if (opened.value.version >= 3)
      return { end, series: decodeSeriesColumns(reader.bytes(reader.remaining)).sort((a, b) => a.ref - b.ref) };
    const series: IndexedSeries[] = [];
    while (reader.remaining > 0) series.push(readSeries(reader));
    return { end, series };
  } catch (error) {
    return `its series cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
