import { BLOCK_VERSION, PackedBlockReader } from "./block-format.ts";
import type { Quarantine } from "./quarantine.ts";
import type { SampleRun } from "./sample-run.ts";
import { unseal } from "./sealed-blob.ts";
import { DAY_MS } from "./run-manifest.ts";
import type { SqlDatabase } from "./sql-database.ts";

interface BlockRow {
  readonly day: number;
  readonly id: number;
  readonly minRef: number;
  readonly maxRef: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly bytes: number;
}

const OPEN_BLOCKS = 12;

/** Blocks of version 1, a table per UTC day, older than any run; a day that is over becomes runs (`migrateBlock`) and leaves as these do. Opened blocks are kept while they are among the last few used. */
export class BlockStore {
  readonly #database: SqlDatabase;
  readonly #quarantine: Quarantine;
  readonly #days: number[];
  /** Rows of each day, without their bodies, once asked for; ascending id, that is, order of writing. */
  readonly #rows = new Map<number, BlockRow[]>();
  readonly #open = new Map<string, PackedBlockReader>();

  constructor(database: SqlDatabase, quarantine: Quarantine) {
    this.#database = database;
    this.#quarantine = quarantine;
    this.#days = database.all<{ day: number }>("SELECT day FROM block_days ORDER BY day").map((row) => row.day);
  }

  get days(): readonly number[] {
    return this.#days;
  }

  bytes(): number {
    let sum = 0;
    for (const day of this.#days) for (const row of this.#rowsOf(day)) sum += row.bytes;
    return sum;
  }

  /** Adds the samples of `refs` (ascending) with startMs < t <= endMs to the run of each, oldest write first. */
  read(refs: readonly number[], startMs: number, endMs: number, runs: readonly SampleRun[], nowMs: number): void {
    const first = refs[0];
    const last = refs.at(-1);
    if (first === undefined || last === undefined) return;
    for (const day of this.#days) {
      if ((day + 1) * DAY_MS <= startMs || day * DAY_MS > endMs) continue;
      // A damaged block leaves the list while it is walked.
      for (const row of this.#rowsOf(day).slice()) {
        if (row.maxTime <= startMs || row.minTime > endMs || row.maxRef < first || row.minRef > last) continue;
        this.#readBlock(row, refs, startMs, endMs, runs, nowMs);
      }
    }
  }

  /** Hands the newest block of a day to `take`, which calls `remove` in its transaction; a damaged one is set aside. */
  takeNewest(day: number, nowMs: number, take: (block: PackedBlockReader, remove: () => void) => void): void {
    const rows = this.#rowsOf(day);
    const row = rows.at(-1);
    if (row === undefined) {
      this.#dropDay(day);
      return;
    }
    try {
      take(this.#opened(row), () => this.#database.run(`DELETE FROM blocks_${day} WHERE id = ?`, row.id));
      rows.pop();
      this.#open.delete(`${day}/${row.id}`);
      if (rows.length === 0) this.#dropDay(day);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      this.#setAside(row, error.message, nowMs);
    }
  }

  #readBlock(row: BlockRow, refs: readonly number[], startMs: number, endMs: number, runs: readonly SampleRun[], nowMs: number): void {
    try {
      const block = this.#opened(row);
      let at = 0;
      for (let i = 0; i < refs.length; i++) {
        const ref = refs[i] as number;
        if (ref < row.minRef) continue;
        if (ref > row.maxRef) break;
        at = block.firstOf(ref);
        for (let chunk = block.chunks[at]; chunk?.ref === ref; chunk = block.chunks[++at]) {
          if (chunk.maxTime <= startMs || chunk.minTime > endMs) continue;
          const columns = block.read(chunk);
          runs[i]?.pushColumns(columns.times, columns.values, columns.histograms, startMs, endMs);
        }
      }
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      this.#setAside(row, error.message, nowMs);
    }
  }

  #opened(row: BlockRow): PackedBlockReader {
    const key = `${row.day}/${row.id}`;
    let block = this.#open.get(key);
    if (block !== undefined) this.#open.delete(key);
    else {
      const stored = this.#database.all<{ body: Uint8Array }>(`SELECT body FROM blocks_${row.day} WHERE id = ?`, row.id)[0];
      if (stored === undefined) throw new RangeError("its row is gone");
      const opened = unseal("block", BLOCK_VERSION, stored.body);
      if (!opened.ok) throw new RangeError(opened.error.message);
      block = new PackedBlockReader(opened.value.body);
    }
    this.#open.set(key, block);
    if (this.#open.size > OPEN_BLOCKS) for (const oldest of this.#open.keys()) if (this.#open.delete(oldest)) break;
    return block;
  }

  #setAside(row: BlockRow, reason: string, nowMs: number): void {
    this.#database.transaction(() => {
      const stored = this.#database.all<{ body: Uint8Array }>(`SELECT body FROM blocks_${row.day} WHERE id = ?`, row.id)[0];
      this.#quarantine.add(`blocks_${row.day}/${row.id}`, reason, stored?.body ?? new Uint8Array(), nowMs);
      this.#database.run(`DELETE FROM blocks_${row.day} WHERE id = ?`, row.id);
    });
    const rows = this.#rowsOf(row.day);
    rows.splice(rows.indexOf(row), 1);
  }

  #dropDay(day: number): void {
    this.#database.transaction(() => {
      this.#database.run(`DROP TABLE blocks_${day}`);
      this.#database.run("DELETE FROM block_days WHERE day = ?", day);
    });
    this.#days.splice(this.#days.indexOf(day), 1);
    this.#rows.delete(day);
    for (const key of this.#open.keys()) if (key.startsWith(`${day}/`)) this.#open.delete(key);
  }

  #rowsOf(day: number): BlockRow[] {
    const known = this.#rows.get(day);
    if (known !== undefined) return known;
    const rows = this.#database
      .all<{ id: number; min_ref: number; max_ref: number; min_time: number; max_time: number; bytes: number }>(
        `SELECT id, min_ref, max_ref, min_time, max_time, bytes FROM blocks_${day} ORDER BY id`,
      )
      .map((row) => ({
        day,
        id: row.id,
        minRef: row.min_ref,
        maxRef: row.max_ref,
        minTime: row.min_time,
        maxTime: row.max_time,
        bytes: row.bytes,
      }));
    this.#rows.set(day, rows);
    return rows;
  }
}
