import type { MeteredDatabase } from "../support/metered-database.ts";
import { GB_OF_AN_OBJECT, MESSAGES_PER_REQUEST } from "./cost-prices.ts";

/** An object stays in memory this long after its last event before it hibernates. Cloudflare's price page says that this is not billed where nothing keeps it from hibernating; it is counted here all the same, so that durations are at most these. */
const LINGER_MS = 10_000;

/** The boundary of one Durable Object: what reaches it, how long it is awake, what its database bills. */
export class ObjectMeter {
  readonly name: string;
  readonly database: MeteredDatabase | null;
  requests = 0;
  socketMessages = 0;
  alarmWrites = 0;
  #awakeMs = 0;
  #from = Infinity;
  #until = -Infinity;

  constructor(name: string, database: MeteredDatabase | null) {
    this.name = name;
    this.database = database;
  }

  /** The object does something from one moment to another. Moments never go back. */
  awake(fromMs: number, toMs = fromMs): void {
    if (fromMs > this.#until) {
      if (this.#until > -Infinity) this.#awakeMs += this.#until - this.#from;
      this.#from = fromMs;
    }
    this.#until = Math.max(this.#until, toMs + LINGER_MS);
  }

  request(fromMs: number, toMs = fromMs): void {
    this.requests++;
    this.awake(fromMs, toMs);
  }

  message(fromMs: number, toMs = fromMs): void {
    this.socketMessages++;
    this.awake(fromMs, toMs);
  }

  /** Up to a moment, which the last spell of being awake does not pass. */
  figures(untilMs: number) {
    const awakeMs = this.#awakeMs + Math.max(0, Math.min(this.#until, untilMs) - this.#from);
    return {
      objectRequests: this.requests + this.socketMessages / MESSAGES_PER_REQUEST,
      gbSeconds: (awakeMs / 1000) * GB_OF_AN_OBJECT,
      rowsRead: this.database?.rowsRead ?? 0,
      rowsWritten: (this.database?.rowsWritten ?? 0) + this.alarmWrites,
      alarmWrites: this.alarmWrites,
    };
  }
}

export type ObjectFigures = ReturnType<ObjectMeter["figures"]>;
