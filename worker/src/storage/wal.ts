import { crc32c } from "@sightline/shared/encoding/crc32c";
import { BIT_TURNED_BACK, type Quarantine } from "./quarantine.ts";
import { SEAL_BYTES, storedCrc, unseal, writeSeal } from "./sealed-blob.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { hasTable, tableNumbers } from "./stored-tables.ts";
import type { WalVisitor } from "./wal-record.ts";
import { WAL_VERSION, commitSection, readWalRecord } from "./wal-record.ts";

const MAX_ROW_BYTES = 900_000;
/** A row grows to this length whatever it costs, */
const SHORT_ROW_BYTES = 16_384;
/** by a commit of so many times its own length, */
const REWRITE_SHARE = 8;
/** or while writing it anew is at most so many bytes for each ms since the last commit: hardly under load. */
const REWRITE_BYTES_PER_MS = 2000;
/** Numbers passed over where commits may have been lost, so that no number is used twice. */
const COMMIT_SKIP = 1_000_000;
/** Rows that are read back at a time. */
const ROWS_AT_ONCE = 8;

/**
 * Write-ahead log: a table of blobs per segment, of which there are two while samples are packed; one whose samples are in
 * blocks is dropped, never deleted from. A commit is one row written: a new one, or the last one with the commit joined to
 * it, so that opening reads few rows.
 */
export class Wal {
  /** Of the list of segments, one sentence each. */
  readonly problems: string[] = [];
  readonly #database: SqlDatabase;
  #segment = 0;
  #bytes = 0;
  /** Of them, those of segments before the newest. */
  #begunAt = 0;
  /** Commits of the segment. */
  #commits = 0;
  #openedAt: number;
  #row = 0;
  /** The last row with its seal, in a buffer that may be longer; empty when nothing may be joined to it. */
  #last = new Uint8Array(0);
  #lastLength = 0;
  /** Segments found at opening, ascending. */
  #stored: readonly number[] = [];
  #committedAt = -Infinity;

  constructor(database: SqlDatabase, nowMs: number) {
    this.#database = database;
    this.#openedAt = nowMs;
    // Two segments where packing was interrupted: the samples of both are in the head again, and are as old as the first.
    const stored = this.#listed(nowMs);
    const [oldest] = stored;
    if (oldest === undefined) this.begin(nowMs);
    else {
      this.#stored = stored.map(({ segment }) => segment);
      this.#segment = stored.at(-1)?.segment ?? oldest.segment;
      this.#openedAt = oldest.opened_at;
    }
  }

  /** The segments, ascending, as list and tables say: damage may have taken one and left the other. */
  #listed(nowMs: number): { readonly segment: number; readonly opened_at: number }[] {
    const listed = this.#database.all<{ segment: number; opened_at: number }>(
      "SELECT segment, opened_at FROM wal_segments ORDER BY segment",
    );
    for (const { segment } of listed)
      if (!hasTable(this.#database, `wal_${segment}`)) {
        this.problems.push(`wal_${segment} is gone, with the samples that were logged in it and not packed yet`);
        this.#create(segment);
      }
    const unlisted: number[] = [];
    const [first] = listed;
    const last = listed.at(-1);
    if (first === undefined || last === undefined) unlisted.push(...tableNumbers(this.#database, "wal_"));
    else {
      // No more than two are there at a time, and to look beside these reads no row.
      for (let near = first.segment - 1; near > 0 && hasTable(this.#database, `wal_${near}`); near--) unlisted.push(near);
      for (let near = last.segment + 1; hasTable(this.#database, `wal_${near}`); near++) unlisted.push(near);
    }
    for (const segment of unlisted) {
      this.problems.push(`wal_${segment} was missing in the list of log segments; it was found and is read, nothing of it is lost`);
      this.#database.run("INSERT INTO wal_segments (segment, opened_at) VALUES (?, ?)", segment, nowMs);
    }
    return [...listed, ...unlisted.map((segment) => ({ segment, opened_at: nowMs }))].sort((a, b) => a.segment - b.segment);
  }

  #create(segment: number): void {
    this.#database.run(`CREATE TABLE wal_${segment} (id INTEGER PRIMARY KEY, record BLOB NOT NULL)`);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the segment was begun, ms: over restarts and hibernation, the age of what it holds. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** The last commit; `row` is its number in the segment. A snapshot taken now covers everything up to it. */
  get position(): { readonly segment: number; readonly row: number } {
    return { segment: this.#segment, row: this.#commits };
  }

  /** What was seen of the newest segment elsewhere: false when its last commits are not in it. Their numbers are not given again. */
  reaches(commit: number): boolean {
    const whole = this.#commits >= commit;
    if (!whole) this.#commits = commit + COMMIT_SKIP;
    return whole;
  }

  /** Inside the caller's transaction: the pieces of one commit. */
  append(pieces: readonly Uint8Array[], nowMs: number): void {
    if (pieces.length === 0) return;
    const commit = commitSection(++this.#commits);
    for (const [i, piece] of pieces.entries()) {
      const added = (i === 0 ? commit.length : 0) + piece.length;
      const joined = this.#joinable(added, nowMs);
      let at = joined ? this.#lastLength : SEAL_BYTES;
      let crc = joined ? storedCrc(this.#last) : 0;
      const from = at;
      this.#reserve(at + added, joined ? this.#lastLength : 0);
      if (i === 0) {
        this.#last.set(commit, at);
        at += commit.length;
      }
      this.#last.set(piece, at);
      this.#lastLength = at + piece.length;
      crc = crc32c(this.#last, from, this.#lastLength, crc);
      writeSeal("wal", WAL_VERSION, this.#last, crc);
      // SQLite copies it into its pages before the call returns.
      const record = this.#last.subarray(0, this.#lastLength);
      if (joined) this.#database.run(`UPDATE wal_${this.#segment} SET record = ? WHERE id = ?`, record, this.#row);
      else this.#database.run(`INSERT INTO wal_${this.#segment} (id, record) VALUES (?, ?)`, ++this.#row, record);
      this.#bytes += this.#lastLength - (joined ? from : 0);
    }
    this.#committedAt = nowMs;
  }

  #joinable(added: number, nowMs: number): boolean {
    if (this.#lastLength === 0 || this.#lastLength + added > MAX_ROW_BYTES) return false;
    if (this.#lastLength + added <= SHORT_ROW_BYTES) return true;
    const patience = Math.max(0, nowMs - this.#committedAt) * REWRITE_BYTES_PER_MS;
    return this.#lastLength <= Math.max(patience, added / REWRITE_SHARE);
  }

  #reserve(length: number, kept: number): void {
    if (length <= this.#last.length) return;
    const grown = new Uint8Array(Math.max(length, this.#last.length * 2, 16_384));
    grown.set(this.#last.subarray(0, kept));
    this.#last = grown;
  }

  /** Starts a new segment: what is written from now on is not dropped with the segments before it. */
  begin(nowMs: number): void {
    const next = this.#segment + 1;
    this.#database.transaction(() => {
      this.#create(next);
      this.#database.run("INSERT INTO wal_segments (segment, opened_at) VALUES (?, ?)", next, nowMs);
    });
    this.#segment = next;
    this.#openedAt = nowMs;
    this.#begunAt = this.#bytes;
    this.#commits = 0;
    this.#row = 0;
    this.#last = new Uint8Array(0);
    this.#lastLength = 0;
  }

  /** Drops the segments before the newest; inside the transaction that publishes their samples as blocks. */
  dropOlder(): void {
    for (const { segment } of this.#database.all<{ segment: number }>(
      "SELECT segment FROM wal_segments WHERE segment < ?",
      this.#segment,
    )) {
      this.#database.run(`DROP TABLE wal_${segment}`);
      this.#database.run("DELETE FROM wal_segments WHERE segment = ?", segment);
    }
    this.#bytes -= this.#begunAt;
    this.#begunAt = 0;
  }

  /**
   * Reads everything back in order of writing; `onCommit` tells which commit comes next. A damaged row goes to quarantine
   * and the rest is read on: the senders' marks show what is missing. Rows are numbered without gaps: one that is gone is told.
   */
  replay(visitor: WalVisitor, quarantine: Quarantine, nowMs: number, onCommit: (segment: number, commit: number) => void): void {
    for (const segment of this.#stored) {
      let last = 0;
      let commits = 0;
      let damaged = false;
      for (const row of this.#rows(segment)) {
        if (row.id > last + 1 && this.#tellMissing(segment, last + 1, row.id - 1, quarantine, nowMs)) damaged = true;
        last = row.id;
        const opened = unseal("wal", WAL_VERSION, row.record);
        const record = opened.ok ? (opened.value.mended ?? row.record) : row.record;
        // A record of version 1 is one commit, numbered as its row.
        if (record[1] === 1) onCommit(segment, (commits = last));
        const reason = opened.ok
          ? readSections(opened.value.body, {
              ...visitor,
              commit: (number) => {
                commits = number;
                onCommit(segment, number);
              },
            })
          : opened.error.message;
        if (reason === null) {
          if (record !== row.record) quarantine.mend(`wal_${segment}`, row.id, "record", BIT_TURNED_BACK, record, nowMs);
          this.#bytes += record.length;
          this.#keep(segment, record);
          continue;
        }
        damaged = true;
        this.#lastLength = 0;
        this.#database.transaction(() => {
          quarantine.add(`wal_${segment}/${row.id}`, reason, row.record, nowMs);
          this.#database.run(`DELETE FROM wal_${segment} WHERE id = ?`, row.id);
        });
      }
      if (segment !== this.#segment) continue;
      this.#row = last;
      this.#commits = damaged ? commits + COMMIT_SKIP : commits;
    }
  }

  /** Those set aside before are told already. True when there were others. */
  #tellMissing(segment: number, from: number, to: number, quarantine: Quarantine, nowMs: number): boolean {
    const missing = quarantine.untold(`wal_${segment}`, from, to);
    if (missing.length === 0) return false;
    this.#database.transaction(() => {
      for (const id of missing) {
        const reason = "the row is gone, with the commits in it (up to 900 kB, of unknown samples)";
        quarantine.add(`wal_${segment}/${id}`, reason, new Uint8Array(), nowMs);
      }
    });
    return true;
  }

  /** A few at a time: a row may have 900 kB, and to ask for each by itself reads one more in the end. */
  *#rows(segment: number): Generator<{ readonly id: number; readonly record: Uint8Array }> {
    for (let last = 0, full = true; full;) {
      const rows = this.#database.all<{ id: number; record: Uint8Array }>(
        `SELECT id, record FROM wal_${segment} WHERE id > ? ORDER BY id LIMIT ${ROWS_AT_ONCE}`,
        last,
      );
      yield* rows;
      full = rows.length === ROWS_AT_ONCE;
      last = rows.at(-1)?.id ?? last;
    }
  }

  /** The last row is gone on with, when it is of this version. */
  #keep(segment: number, record: Uint8Array): void {
    this.#lastLength = 0;
    if (segment !== this.#segment || record[1] !== WAL_VERSION || record.length >= MAX_ROW_BYTES) return;
    this.#last = Uint8Array.from(record);
    this.#lastLength = record.length;
  }
}

function readSections(body: Uint8Array, visitor: WalVisitor): string | null {
  try {
    readWalRecord(body, visitor);
    return null;
  } catch (error) {
    return `its sections cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
