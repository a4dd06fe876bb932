import { ok } from "node:assert";
import type { AlertTransition } from "@sightline/shared/model/alert";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { BatchSeries, SampleBatch } from "@sightline/shared/model/sample";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import type { Message } from "@sightline/shared/protocol/messages";
import { decodeMessage, encodeMessage } from "@sightline/shared/protocol/messages";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import type { Evaluation, EvaluationPorts } from "../../worker/src/rules/api.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import type { ShardCore } from "../../worker/src/shard/shard-core.ts";
import type { StoreBounds } from "../../worker/src/storage/series-store.ts";
import type { SqlDatabase } from "../../worker/src/storage/sql-database.ts";
import { quietShard } from "../support/quiet-shard.ts";
import { GAUGE, NOON } from "./open-store.ts";

export interface Fixture {
  readonly core: ShardCore;
  readonly delivered: AlertTransition[];
  readonly published: Uint8Array[];
  readonly abandoned: unknown[];
  now: number;
}

export function openShard(
  database: SqlDatabase,
  options: {
    readonly now?: number;
    readonly evaluation?: (ports: EvaluationPorts) => Evaluation;
    readonly deliver?: () => Promise<void>;
    readonly bounds?: Partial<StoreBounds>;
    /** What waits for time to pass, among others for whoever goes first. */
    readonly wait?: (ms: number) => Promise<void>;
  } = {},
): Fixture {
  const fixture = {
    delivered: [] as AlertTransition[],
    published: [] as Uint8Array[],
    abandoned: [] as unknown[],
    now: options.now ?? NOON,
  };
  const profile = shardProfile("local");
  // Tests put clocks on by months.
  const { settleMs: _, ...store } = profile.store;
  const core = quietShard({
    database,
    profile: { ...profile, store: { ...store, ...options.bounds } },
    now: () => fixture.now,
    ...(options.wait === undefined ? {} : { wait: options.wait }),
    ...(options.evaluation === undefined ? {} : { createEvaluation: options.evaluation }),
    deliver: async (transitions) => {
      await options.deliver?.();
      fixture.delivered.push(...transitions);
    },
    publish: (batch) => fixture.published.push(batch),
    abandon: (error) => fixture.abandoned.push(error),
  });
  return Object.assign(fixture, { core });
}

export const CONTEXT = { project: "default", tokenId: "t1", sender: "t1" };

export function gauge(labels: Labels, samples: readonly (readonly [number, number])[], more: Partial<BatchSeries> = {}): BatchSeries {
  return {
    labels,
    metadata: GAUGE,
    temporality: "cumulative",
    timestamps: Float64Array.from(samples, ([t]) => t),
    values: Float64Array.from(samples, ([, value]) => value),
    ...more,
  };
}

/** Two observations, in one bucket. */
export const HISTOGRAM: NativeHistogram = {
  schema: 3,
  count: 2,
  sum: 1,
  zeroThreshold: 0,
  zeroCount: 0,
  positiveSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: [2],
  negativeSpans: [],
  negativeBuckets: [],
  counterResetHint: "unknown",
};

export const batchOf = (...series: BatchSeries[]): Uint8Array => encodeBatch({ series });

/** The agent's side: numbers frames of one epoch and says HELLO first on every connection. */
export class Sender {
  readonly #encoder = new FrameEncoder();
  readonly sender: string;
  readonly epoch: string;

  constructor(sender = "agent-1", epoch = "e1") {
    this.sender = sender;
    this.epoch = epoch;
  }

  hello(): Uint8Array {
    this.#encoder.reset();
    return encodeMessage({ type: "hello", versions: [1], sender: this.sender, epoch: this.epoch, capabilities: [] });
  }

  frame(seq: number, batch: SampleBatch, oldestSeq = 1): Uint8Array {
    return this.#encoder.encode(this.epoch, seq, batch, oldestSeq);
  }
}

export function decoded(bytes: Uint8Array): Message {
  const message = decodeMessage(bytes);
  ok(message.ok, message.ok ? "" : message.error.message);
  return message.value;
}

/** Sends messages as one HTTP body and returns the answers. */
export async function post(core: ShardCore, ...messages: Uint8Array[]): Promise<Message[]> {
  const answer = await core.appendFrames(CONTEXT, encodeMessages(messages));
  ok(answer.ok, answer.ok ? "" : answer.error.message);
  const split = splitMessages(new Uint8Array(answer.value));
  ok(split.ok);
  return split.value.map(decoded);
}

/** What a shard has stored of a metric, every sample of every series, as [time, value]. */
export function stored(core: ShardCore, metric: string): (readonly [number, number])[] {
  return core.reads
    .select({ matchers: [{ name: "__name__", op: "=", value: metric }], startMs: -1, endMs: Infinity })
    .flatMap((series) => Array.from(series.timestamps, (t, i) => [t, series.values[i] ?? NaN] as const));
}
