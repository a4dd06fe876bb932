import type { Failure } from "@sightline/shared/model/result";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 15_000;
/** As much as a large commit: where less is free it is not worth opening a shard and reading its log back. */
const PROBE_BYTES = 1_000_000;

/**
 * A full disk, as one process sees it. What SQLite cannot write for want of room ends the object, and the next request would have it
 * opened again, its log read back, and ended again; so writes are refused before that until a trial of a megabyte succeeds, which is made
 * by a write after 2 s, 4 s … 15 s. Reads go on.
 */
export class FullDisk {
  #since: number | null = null;
  #waitMs = FIRST_WAIT_MS;
  #triedAt = -Infinity;

  /** What a write ended with; other failures than want of room are passed over. */
  saw(error: unknown, nowMs: number): void {
    if (!(error instanceof Error) || !error.message.includes("SQLITE_FULL")) return;
    if (this.#since === null) {
      this.#since = nowMs;
      this.#waitMs = FIRST_WAIT_MS;
    }
    this.#triedAt = nowMs;
  }

  get standing(): boolean {
    return this.#since !== null;
  }

  /** Null when a write may be made: there is room, as far as is known, or `trial` has found some. Else `unavailable`. */
  async refusal(nowMs: number, trial: () => Promise<void>): Promise<Failure | null> {
    if (this.#since === null) return null;
    if (nowMs < this.#triedAt + this.#waitMs) return this.#failure(nowMs);
    this.#triedAt = nowMs;
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
    try {
      await trial();
    } catch {
      return this.#failure(nowMs);
    }
    this.#since = null;
    return null;
  }

  /** For the status, while it lasts. */
  problems(): string[] {
    if (this.#since === null) return [];
    return [
      `the disk is full since ${new Date(this.#since).toISOString()}: writes are refused, nothing that was acknowledged is lost, and reads go on; free some space, and writes go on within ${LONGEST_WAIT_MS / 1000} s`,
    ];
  }

  #failure(nowMs: number): Failure {
    return {
      code: "unavailable",
      message: "The disk of this server is full. Nothing of this request was kept; free some space and send it again.",
      retryAfterMs: Math.max(1000, this.#triedAt + this.#waitMs - nowMs),
    };
  }
}

/** All objects of a process are on one disk. */
export const fullDisk = new FullDisk();

/** Throws, and ends the object, when there is no room. */
export async function tryRoom(storage: DurableObjectStorage): Promise<void> {
  storage.sql.exec("CREATE TABLE IF NOT EXISTS room_on_disk (trial BLOB NOT NULL)");
  storage.sql.exec("INSERT INTO room_on_disk (trial) VALUES (zeroblob(?))", PROBE_BYTES);
  await storage.sync();
  storage.sql.exec("DROP TABLE room_on_disk");
}
