import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { AppendOutcome, RepeatableRequest } from "../objects/append-outcome.ts";
import type { HandedOver } from "../objects/rpc.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";

const KEEP_MS = 86_400_000;
/** Keys that move with a sender, the newest ones; where it has more, the shard that it left is asked for the others. */
const HANDED_OVER = 10_000;

/** The key of a row that says so. No request's is alike: a space follows its sender. */
const moreOf = (sender: string): string => `${sender}\n`;

type AskElsewhere = (sender: string, request: RepeatableRequest) => Promise<Result<AppendOutcome | null>>;

const REUSED = fail(
  "idempotency_key_reused",
  "This Idempotency-Key came with another body within the last 24 h. Nothing was kept; send a new body under a new key.",
);

/** Keys are a sender's own. */
export const keyed = (sender: string, request: RepeatableRequest): RepeatableRequest => ({ ...request, key: `${sender} ${request.key}` });

/** Answers to requests that carried an idempotency key: a repeat within 24 h gets the same answer and writes nothing. */
export class IdempotencyLog {
  readonly #database: SqlDatabase;
  readonly #commit: () => Promise<void>;
  readonly #ask: AskElsewhere;
  readonly #underWay = new Map<string, { readonly bodyHash: string; readonly answered: Promise<AppendOutcome> }>();
  #pending: { request: RepeatableRequest; answer: AppendOutcome; at: number }[] = [];

  /** `commit`: what is pending here is written when it resolves. `ask`: the shards that may have had a sender. */
  constructor(database: SqlDatabase, commit: () => Promise<void>, ask: AskElsewhere) {
    this.#database = database;
    this.#commit = commit;
    this.#ask = ask;
  }

  /** The answer to a request with that key, null for one that did not come. `alone`: to this shard. */
  async recall(sender: string, request: RepeatableRequest, nowMs: number, alone = false): Promise<Result<AppendOutcome | null>> {
    const elsewhere = alone ? null : await this.elsewhere(sender, request, nowMs);
    if (elsewhere !== null) return elsewhere;
    const found = this.find(keyed(sender, request), nowMs);
    return found === null ? ok(null) : found.ok ? ok(await found.value) : found;
  }

  /** What the shards answered that its sender left with more keys than come along; null where this one is to be asked. Before `find`. */
  async elsewhere(sender: string, request: RepeatableRequest, nowMs: number): Promise<Result<AppendOutcome> | null> {
    if (this.find(keyed(sender, request), nowMs) !== null || this.#row(moreOf(sender), nowMs) === undefined) return null;
    const answer = await this.#ask(sender, request);
    return !answer.ok ? answer : answer.value === null ? null : ok(answer.value);
  }

  /** Remembers the answer to a request whose samples are durable elsewhere. */
  async learn(sender: string, request: RepeatableRequest, answer: AppendOutcome, nowMs: number): Promise<void> {
    const durable = this.#commit();
    this.remember(keyed(sender, request), answer, nowMs, durable);
    await durable;
  }

  /** Null for a key not seen before. Failure: `idempotency_key_reused`, for a key seen with another body. */
  find({ key, bodyHash }: RepeatableRequest, nowMs: number): Result<AppendOutcome | Promise<AppendOutcome>> | null {
    const running = this.#underWay.get(key);
    if (running !== undefined) return running.bodyHash === bodyHash ? ok(running.answered) : REUSED;
    const row = this.#row(key, nowMs);
    if (row === undefined) return null;
    return row.body_hash === "" || row.body_hash === bodyHash ? ok(JSON.parse(row.answer) as AppendOutcome) : REUSED;
  }

  #row(key: string, nowMs: number): { readonly answer: string; readonly body_hash: string } | undefined {
    const statement = "SELECT answer, body_hash FROM idempotency WHERE key = ? AND at > ?";
    return this.#database.all<{ answer: string; body_hash: string }>(statement, key, nowMs - KEEP_MS)[0];
  }

  /** Remembers the answer in the commit that makes its samples `durable`; until then repeats wait for the same. */
  remember(request: RepeatableRequest, answer: AppendOutcome, at: number, durable: Promise<void>): void {
    const answered = durable.then(() => answer);
    this.#pending.push({ request, answer, at });
    const { key, bodyHash } = request;
    const forget = (): void => void this.#underWay.delete(key);
    this.#underWay.set(key, { bodyHash, answered });
    answered.then(forget, forget);
  }

  get pending(): boolean {
    return this.#pending.length > 0;
  }

  write(): void {
    for (const { request, answer, at } of this.#pending.splice(0)) {
      const { key, bodyHash } = request;
      const statement = "INSERT OR REPLACE INTO idempotency (key, answer, at, body_hash) VALUES (?, ?, ?, ?)";
      this.#database.run(statement, key, JSON.stringify(answer), at, bodyHash);
    }
  }

  /** What is remembered of one sender, for the shard that takes it over. */
  answersOf(sender: string): HandedOver["answers"] {
    return this.#database
      .all<{ key: string; answer: string; at: number; body_hash: string }>(
        "SELECT key, answer, at, body_hash FROM idempotency WHERE key >= ? AND key < ? ORDER BY at DESC LIMIT ?",
        `${sender} `,
        `${sender}!`,
        HANDED_OVER,
      )
      .map(({ key, answer, at, body_hash: bodyHash }) => ({ key, answer, at, bodyHash }));
  }

  takeAnswers(sender: string, answers: HandedOver["answers"], nowMs: number): void {
    const more = answers.length < HANDED_OVER ? [] : [{ key: moreOf(sender), answer: "", at: nowMs, bodyHash: "" }];
    for (const { key, answer, at, bodyHash } of [...answers, ...more]) {
      const statement = "INSERT OR IGNORE INTO idempotency (key, answer, at, body_hash) VALUES (?, ?, ?, ?)";
      this.#database.run(statement, key, answer, at, bodyHash);
    }
  }

  trim(nowMs: number): void {
    this.#database.run("DELETE FROM idempotency WHERE at <= ?", nowMs - KEEP_MS);
  }
}
