import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { BIT_TURNED_BACK, type Quarantine } from "./quarantine.ts";
import { seal, unseal } from "./sealed-blob.ts";
import { decodeSeriesColumns, encodeSeriesColumns } from "./series-columns.ts";
import { SeriesCopies } from "./series-copies.ts";
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

interface LostRow {
  readonly id: number;
  readonly reason: string;
  readonly body: Uint8Array;
}

/** What `step` is at. */
interface Writing {
  /** The next ref. */
  from: number;
  readonly end: number;
  readonly kept: readonly LogRow[];
  readonly added: LogRow[];
}

/** Refs are given one after another; more were never given. */
const MOST_REFS = 2 ** 30;

/** Definitions of the series that the dropped WAL segments introduced: blobs of many; small ones that gathered are rewritten as one. */
export class SeriesLog {
  readonly #database: SqlDatabase;
  readonly #copies: SeriesCopies;
  /** Rows of which neither the original nor the copy can be read. */
  readonly #lost: LostRow[] = [];
  #rows: LogRow[] = [];
  #nextId = 1;
  /** Refs below this are here; the rest are in the WAL. */
  #end = 0;
  #writing: Writing | null = null;
  /** Rows are gone, and their copies with them. */
  #torn = false;
  /** Writing anew was interrupted: some series stand in two rows. */
  #overlapping = false;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#copies = new SeriesCopies(database);
  }

  /** A row that is damaged or gone is taken from its copy. */
  load(index: SeriesIndex, quarantine: Quarantine, nowMs: number): void {
    const stored = new Map(
      this.#database.all<{ id: number; body: Uint8Array }>("SELECT id, body FROM series ORDER BY id").map(({ id, body }) => [id, body]),
    );
    let highest = -1;
    for (const id of [...new Set([...stored.keys(), ...this.#copies.ids])].sort((a, b) => a - b)) {
      this.#nextId = id + 1;
      const read = this.#read(id, stored.get(id), quarantine, nowMs);
      if (read === null) continue;
      const from = read.series[0]?.ref ?? this.#end;
      if (from <= highest) this.#overlapping = true;
      highest = Math.max(highest, read.series.at(-1)?.ref ?? -1);
      this.#rows.push({ id, from, series: read.series.length });
      this.#end = Math.max(this.#end, read.end);
      for (const series of read.series) if (index.restore(series) === "replaced") this.#overlapping = true;
    }
    index.reserve(this.#end);
  }

  #read(id: number, body: Uint8Array | undefined, quarantine: Quarantine, nowMs: number): SeriesBlob | null {
    const read = body === undefined ? "it was gone" : readBlob(body);
    if (typeof read !== "string") {
      if (read.mended !== null) quarantine.mend("series", id, "body", BIT_TURNED_BACK, read.mended, nowMs);
      return read;
    }
    const copy = this.#copies.read(id);
    const copied = copy === null ? "" : readBlob(copy);
    if (copy !== null && typeof copied !== "string") {
      quarantine.mend("series", id, "body", `${read}, and its second copy took its place`, copied.mended ?? copy, nowMs);
      return copied;
    }
    this.#lost.push({ id, reason: copy === null ? read : `${read}, nor does that of its copy`, body: body ?? new Uint8Array() });
    return null;
  }

  /** Rows are there that cannot be read. */
  get damaged(): boolean {
    return this.#lost.length > 0;
  }

  get torn(): boolean {
    return this.#torn;
  }

  get ids(): readonly number[] {
    return this.#rows.map(({ id }) => id);
  }

  /** Told which rows there were at the last cut. Where later ones have come since it says nothing: those may have taken their place. */
  expect(ids: readonly number[]): void {
    const highest = ids.at(-1) ?? 0;
    if (this.#nextId > highest + 1) return;
    this.#nextId = highest + 1;
    const there = new Set([...this.#rows, ...this.#lost].map(({ id }) => id));
    this.#torn = ids.some((id) => !there.has(id));
  }

  get empty(): boolean {
    return this.#rows.every(({ series }) => series === 0);
  }

  /**
   * Inside the caller's transaction: the rows that are lost into quarantine, where there are any left, and refs below `end` count as
   * given from now on; `means` says what the loss is worth. A row more says that it was told.
   */
  setLostAside(quarantine: Quarantine, end: number, means: string, nowMs: number): void {
    if (!this.damaged) quarantine.add("series", `what it held is gone; ${means}`, new Uint8Array(), nowMs);
    for (const { id, reason, body } of this.#lost.splice(0)) {
      quarantine.add(`series/${id}`, `${reason}; ${means}`, body, nowMs);
      this.#database.run("DELETE FROM series WHERE id = ?", id);
      this.#copies.remove(id);
    }
    this.#torn = false;
    this.#end = Math.max(end, this.#end);
    this.#write([], this.#end, this.#rows);
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
      const series = index.describe(writing.from);
      if (series !== undefined) batch.push(series);
    }
    const more = writing.from < writing.end;
    // An empty one still says how many refs were given.
    if (batch.length > 0 || !more) this.#write(batch, writing.from, writing.added);
    if (more) return true;
    for (const row of this.#rows.slice(writing.kept.length)) {
      this.#database.run("DELETE FROM series WHERE id = ?", row.id);
      this.#copies.remove(row.id);
    }
    this.#rows = [...writing.kept, ...writing.added];
    this.#end = writing.end;
    this.#overlapping = false;
    this.#writing = null;
    return true;
  }

  /** The second copy of one row, when all are written; false when none was lacking. */
  copyStep(): boolean {
    return this.#copies.step(this.#rows);
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

interface SeriesBlob {
  readonly end: number;
  /** Ascending. */
  readonly series: readonly IndexedSeries[];
  /** The whole blob, where a flipped bit was turned back; else null. */
  readonly mended: Uint8Array | null;
}

/** The series of a blob, or why they cannot be read. */
function readBlob(blob: Uint8Array): SeriesBlob | string {
  const opened = unseal("series", SERIES_VERSION, blob);
  if (!opened.ok) return opened.error.message;
  const { version, body, mended } = opened.value;
  try {
    const reader = new ByteReader(body);
    const end = reader.varint();
    const series: IndexedSeries[] = version >= 3 ? decodeSeriesColumns(reader.bytes(reader.remaining)).sort((a, b) => a.ref - b.ref) : [];
    if (version < 3) while (reader.remaining > 0) series.push(readSeries(reader));
    if (end > MOST_REFS) return `its series cannot be read: ${end} were numbered`;
    const strange = series.find(({ ref }) => ref >= end);
    if (strange !== undefined) return `its series cannot be read: one has the number ${strange.ref} of ${end}`;
    return { end, series, mended };
  } catch (error) {
    return `its series cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
