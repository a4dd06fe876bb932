import type { ChannelHealth } from "@sightline/shared/api/receiver-responses";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { circuitOf } from "./circuit-breaker.ts";
import type { Channel } from "./channel.ts";
import { type TokenBucket, fullBucket } from "./token-bucket.ts";

/** What is remembered of a channel between its messages. Times in ms. */
export interface ChannelState extends TokenBucket {
  /** In a row. */
  readonly failures: number;
  /** Of the first of them. */
  readonly failingSince: number | null;
  /** Nothing is sent before. */
  readonly notBefore: number;
  readonly deliveredAt: number | null;
  readonly error: string | null;
}

interface ChannelRow extends Record<string, string | number | null> {
  receiver: string;
  integration: number;
  failures: number;
  failing_since: number | null;
  not_before: number;
  tokens: number;
  refilled_at: number;
  delivered_at: number | null;
  error: string | null;
}

const stateOf = (row: ChannelRow): ChannelState => ({
  failures: row.failures,
  failingSince: row.failing_since,
  notBefore: row.not_before,
  tokens: row.tokens,
  refilledAt: row.refilled_at,
  deliveredAt: row.delivered_at,
  error: row.error,
});

export function readChannel(database: SqlDatabase, { receiver, integration }: Channel, perMinute: number, nowMs: number): ChannelState {
  const [row] = database.all<ChannelRow>("SELECT * FROM channels WHERE receiver = ? AND integration = ?", receiver, integration);
  if (row !== undefined) return stateOf(row);
  return { failures: 0, failingSince: null, notBefore: 0, ...fullBucket(perMinute, nowMs), deliveredAt: null, error: null };
}

export function writeChannel(database: SqlDatabase, { receiver, integration }: Channel, state: ChannelState): void {
  database.run(
    `INSERT OR REPLACE INTO channels (receiver, integration, failures, failing_since, not_before, tokens, refilled_at, delivered_at, error)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    receiver,
    integration,
    state.failures,
    state.failingSince,
    state.notBefore,
    state.tokens,
    state.refilledAt,
    state.deliveredAt,
    state.error,
  );
}

/** A receiver that was put anew begins anew: what it was punished for may be mended. */
export function forgetChannels(database: SqlDatabase, receiver: string): void {
  database.run("DELETE FROM channels WHERE receiver = ?", receiver);
}

/** Of every channel that ever sent or has something to send. */
export function channelHealth(database: SqlDatabase, nowMs: number): readonly ChannelHealth[] {
  const counts = database.all<{ receiver: string; integration: number; waiting: number; dead: number }>(
    `SELECT receiver, integration, sum(due_at < 8640000000000000) AS waiting, sum(due_at >= 8640000000000000) AS dead
     FROM outbox GROUP BY receiver, integration`,
  );
  const states = database.all<ChannelRow>("SELECT * FROM channels");
  const known = new Map<string, Channel>();
  for (const { receiver, integration } of [...states, ...counts]) known.set(`${receiver}/${integration}`, { receiver, integration });
  return [...known.values()].map(({ receiver, integration }) => {
    const same = (row: Channel): boolean => row.receiver === receiver && row.integration === integration;
    const row = states.find(same);
    const count = counts.find(same);
    const failures = row?.failures ?? 0;
    const notBefore = row?.not_before ?? 0;
    return {
      receiver,
      integration,
      circuit: circuitOf({ failures, notBefore }, nowMs),
      failures,
      failingSince: row?.failing_since ?? null,
      waitsUntil: notBefore > nowMs ? notBefore : null,
      deliveredAt: row?.delivered_at ?? null,
      waiting: count?.waiting ?? 0,
      deadLetters: count?.dead ?? 0,
      error: row?.error ?? null,
    };
  });
}
