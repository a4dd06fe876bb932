import { fail } from "@sightline/shared/model/result";
import type { ShardConfig } from "../objects/rpc.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import type { IdempotencyLog } from "./idempotency.ts";
import type { LearnedElsewhere } from "./learned-elsewhere.ts";
import { SenderClaims } from "./sender-claims.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";
import type { ShardSettings } from "./shard-settings.ts";

interface ClaimedOf {
  readonly database: SqlDatabase;
  readonly neighbours?: ShardNeighbours;
  /** Ms since the epoch. */
  readonly now: () => number;
  readonly store: SeriesStore;
  readonly settings: ShardSettings;
  readonly learned: LearnedElsewhere;
  readonly idempotency: IdempotencyLog;
  readonly configure: (config: ShardConfig) => Promise<void>;
  /** Resolves when what was appended until now is on the disk. */
  readonly durable: () => Promise<void>;
}

/** Whose writes a shard takes, by what it stores and by its neighbours. */
export function claimsOf({
  database,
  neighbours,
  now,
  store,
  settings,
  learned,
  idempotency,
  configure,
  durable,
}: ClaimedOf): SenderClaims {
  return new SenderClaims({
    database,
    self: neighbours?.self ?? "",
    map: () => (neighbours === undefined ? undefined : settings.config?.map),
    refresh: async () => {
      if (neighbours !== undefined) await configure(await neighbours.askConfig());
    },
    askHandOver: async (...asked) => (await neighbours?.askHandOver(...asked)) ?? fail("unavailable", "there is no other shard"),
    markOf: (sender) => store.senders.get(sender),
    forget: (sender) => store.forgetSender(sender),
    answersOf: (sender) => idempotency.answersOf(sender),
    take: async (sender, mark, answers) => {
      idempotency.takeAnswers(sender, answers, now());
      if (mark !== null) store.mark({ ...mark, after: null });
      if (mark !== null) await durable();
    },
    cameFrom: (shards, sinceMs = now()) => learned.came(shards, sinceMs, now()),
    settled: async () => {
      if (store.pending) await durable();
    },
  });
}
