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
/** Of one row, and so of one step. */
export const SERIES_STEP = 5000;
const LONGEST_BLOB = 1_800_000;
const MAX_SMALL_ROWS = 3;

interface LogRow {
  readonly id: number;
  /** Lowest ref it may hold; it holds those up to the next row's. */
  readonly from: number;
  readonly series: number;
}

/** What `step` is at. */
interface Writing {
  /** The next ref. */
  from: number;
  readonly end: number;
  readonly kept: readonly LogRow[];
  readonly added: LogRow[];
}

/** Definitions of the series that the dropped WAL segments introduced: blobs of many; small ones that gathered are rewritten as one. */
export class SeriesLog {
  readonly #database: SqlDatabase;
  #rows: LogRow[] = [];
  #nextId = 1;
  /** Refs below this are here; the rest are in the WAL. */
  #end = 0;
  #writing: Writing | null = null;
  /** Writing anew was interrupted: some series stand in two rows. */
  #overlapping = false;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  load(index: SeriesIndex, quarantine: Quarantine, nowMs: number): void {
    let highest = -1;
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
      const from = read.series[0]?.ref ?? this.#end;
      if (from <= highest) this.#overlapping = true;
      highest = Math.max(highest, read.series.at(-1)?.ref ?? -1);
      this.#rows.push({ id: row.id, from, series: read.series.length });
      this.#end = Math.max(this.#end, read.end);
      for (const { labels, metadata, temporality, ref } of read.series)
        if (index.find(labels) === undefined) index.add(labels, metadata, temporality, ref);
    }
    index.reserve(this.#end);
  }

  get end(): number {
    return this.#end;
  }

  /** How many series `begin` of the same would have written. */
  backlog(end: number, changed: boolean): number {
    return changed || this.#overlapping ? end : end - this.#end;
  }

  /** Series below `end` are to be added, or, when some are gone or say other things, all written anew; `step` does it. */
  begin(end: number, changed: boolean): void {
    const anew = changed || this.#overlapping;
    if (end === this.#end && !anew) return;
    const kept = anew ? 0 : this.#rows.length - this.#smallTail();
    this.#writing = { from: anew ? 0 : (this.#rows[kept]?.from ?? this.#end), end, kept: this.#rows.slice(0, kept), added: [] };
  }

  /**
   * One row; false when nothing was left. Rows that are written anew stay until the last step: until then a definition may
   * stand in two, and in the WAL, which its caller keeps so long.
   */
  step(index: SeriesIndex): boolean {
    const writing = this.#writing;
    if (writing === null) return false;
    const batch: IndexedSeries[] = [];
    for (; writing.from < writing.end && batch.length < SERIES_STEP; writing.from++) {
      const series = index.get(writing.from);
      if (series !== undefined) batch.push(series);
    }
    const more = writing.from < writing.end;
    // An empty one still says how many refs were given.
    if (batch.length > 0 || !more) this.#write(batch, writing.from, writing.added);
    if (more) return true;
    for (const row of this.#rows.slice(writing.kept.length)) this.#database.run("DELETE FROM series WHERE id = ?", row.id);
    this.#rows = [...writing.kept, ...writing.added];
    this.#end = writing.end;
    this.#overlapping = false;
    this.#writing = null;
    return true;
  }

  /** How many rows at the end are small, where they are enough to be worth rewriting. */
  #smallTail(): number {
    let small = 0;
    while (small < this.#rows.length && (this.#rows.at(-1 - small)?.series ?? 0) < SERIES_STEP / 2) small++;
    return small >= MAX_SMALL_ROWS ? small : 0;
  }

  /** `end`: refs below it are in this row or those before. */
  #write(series: readonly IndexedSeries[], end: number, into: LogRow[]): void {
    const writer = new ByteWriter(4096);
    writer.varint(end);
    writer.bytes(encodeSeriesColumns(series));
    if (writer.length > LONGEST_BLOB && series.length > 1) {
      const middle = series.length >> 1;
      this.#write(series.slice(0, middle), series[middle]?.ref ?? end, into);
      this.#write(series.slice(middle), end, into);
      return;
    }
    const id = this.#nextId++;
    this.#database.run("INSERT INTO series (id, body) VALUES (?, ?)", id, seal("series", SERIES_VERSION, writer.view()));
    into.push({ id, from: series[0]?.ref ?? end, series: series.length });
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
