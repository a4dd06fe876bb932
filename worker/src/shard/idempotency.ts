import type { AppendOutcome } from "../objects/rpc.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";

const KEEP_MS = 86_400_000;

/** Answers to requests that carried an idempotency key: a repeat within 24 h gets the same answer and writes nothing. */
export class IdempotencyLog {
  readonly #database: SqlDatabase;
  readonly #underWay = new Map<string, Promise<AppendOutcome>>();
  #pending: { key: string; answer: AppendOutcome; at: number }[] = [];

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  find(key: string, nowMs: number): AppendOutcome | Promise<AppendOutcome> | null {
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const row = this.#database.all<{ answer: string }>("SELECT answer FROM idempotency WHERE key = ? AND at > ?", key, nowMs - KEEP_MS)[0];
    return row === undefined ? null : (JSON.parse(row.answer) as AppendOutcome);
  }

  /** Remembers the answer in the commit that makes its samples durable; until then repeats share `answered`. */
  remember(key: string, answer: AppendOutcome, at: number, answered: Promise<AppendOutcome>): void {
    this.#pending.push({ key, answer, at });
    const forget = (): void => void this.#underWay.delete(key);
    this.#underWay.set(key, answered);
    answered.then(forget, forget);
  }

  write(): void {
    for (const { key, answer, at } of this.#pending.splice(0)) {
      this.#database.run("INSERT OR REPLACE INTO idempotency (key, answer, at) VALUES (?, ?, ?)", key, JSON.stringify(answer), at);
    }
  }

  trim(nowMs: number): void {
    this.#database.run("DELETE FROM idempotency WHERE at <= ?", nowMs - KEEP_MS);
  }
}
