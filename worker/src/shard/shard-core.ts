import type { AlertTransition } from "@sightline/shared/model/alert";
import type { ColumnEncoder } from "@sightline/shared/encoding/packed-column";
import { type Result, ok } from "@sightline/shared/model/result";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import type { AppendOutcome, RefusedBefore, RemoteWriteOutcome, Repeatable } from "../objects/append-outcome.ts";
import type { SenderContext, ShardConfig } from "../objects/rpc.ts";
import type { IngestKernel } from "../kernel/ingest-kernel.ts";
import type { Evaluation, EvaluationPlan, EvaluationPorts } from "../rules/api.ts";
import { type Pause, pauseBeside } from "../query/beside-ingest.ts";
import type { Wait } from "../query/reader-turns.ts";
import { SeriesReads } from "../query/series-reads.ts";
import { readsForRules } from "../query/select-refusal.ts";
import { parseSelector } from "../query/selector.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { ExemplarStore } from "../storage/exemplar-store.ts";
import { SeriesStore } from "../storage/series-store.ts";
import { recallElsewhere } from "./answers-elsewhere.ts";
import { appendSeries } from "./batch-append.ts";
import { answered } from "./durable-answer.ts";
import { DividedSession } from "./divided-session.ts";
import { DivisionTable } from "./division-table.ts";
import { FrameSession, type SessionIdentity } from "./frame-session.ts";
import { GroupCommit, patience } from "./group-commit.ts";
import { IdempotencyLog, keyed } from "./idempotency.ts";
import { IngestGate } from "./ingest-gate.ts";
import { LiveFeed } from "./live-feed.ts";
import { Outbox } from "./outbox.ts";
import { PlanLog } from "./plan-log.ts";
import type { ShardProfile } from "./profile.ts";
import { RemoteWriteAppend } from "./remote-write-append.ts";
import { SampleWriter } from "./sample-writer.ts";
import { AlertsElsewhere } from "./alerts-elsewhere.ts";
import { claimsOf } from "./claim-ports.ts";
import { LearnedElsewhere } from "./learned-elsewhere.ts";
import { type LevelsElsewhere, levelsOf } from "./levels-elsewhere.ts";
import type { SenderClaims } from "./sender-claims.ts";
import { contextOf, identityOf } from "./session-identity.ts";
import { silences } from "./sender-silence.ts";
import { EvaluationSnapshot, replayLog } from "./evaluation-snapshot.ts";
import { PackingTrouble } from "./packing-trouble.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";
import { beginTotalsAnew, movedAt, seriesReturn } from "./returning-series.ts";
import { ShardSettings } from "./shard-settings.ts";
import { SizeWatch } from "./size-watch.ts";
import { taskLog } from "./task-log.ts";
import { WakingEvaluation } from "./waking-evaluation.ts";
import { rulePlace, tickElsewhere, tickInSteps } from "./tick-elsewhere.ts";

export type Session = FrameSession | DividedSession;

export interface ShardPorts {
  readonly database: SqlDatabase;
  readonly profile: ShardProfile;
  /** Ms since the epoch. */
  readonly now: () => number;
  readonly wait: Wait;
  /** Resolves when everything written so far is on the disk; absent where a write is there when it returns. */
  readonly synced?: () => Promise<void>;
  /** Decodes remote write; it remembers this shard's refs. */
  readonly kernel: IngestKernel;
  /** Packs the columns of rows; absent: in TypeScript. */
  readonly encodeColumn?: ColumnEncoder;
  readonly createEvaluation: (ports: EvaluationPorts) => Evaluation;
  /** Transitions to Project; resolves when it has recorded them. */
  readonly deliver: (transitions: readonly AlertTransition[]) => Promise<void>;
  /** Samples of watched series to the hub; nothing waits for it. */
  readonly publish: (batch: Uint8Array) => void;
  /** The core cannot go on: what is in memory is not on disk. The shell drops it and opens a new one. */
  readonly abandon: (error: unknown) => void;
  /** The other objects a shard of several needs; absent where there is one shard and nothing else. */
  readonly neighbours?: ShardNeighbours;
  /** Something is due earlier than it was: outbox, evaluation, flush. */
  readonly reschedule: () => void;
}

/** One shard without its platform: storage, evaluation and reads over one database. See ARCHITECTURE.md for the journey of a sample. */
export class ShardCore {
  readonly store: SeriesStore;
  readonly evaluation: WakingEvaluation;
  readonly reads: SeriesReads;
  readonly writer: SampleWriter;
  readonly exemplars: ExemplarStore;
  readonly gate: IngestGate;
  readonly settings: ShardSettings;
  readonly #ports: ShardPorts;
  readonly #plans: PlanLog;
  readonly #outbox: Outbox;
  readonly idempotency: IdempotencyLog;
  readonly claims: SenderClaims;
  readonly learned: LearnedElsewhere;
  readonly alerts: AlertsElsewhere;
  readonly levels: LevelsElsewhere;
  readonly #divisions: DivisionTable;
  readonly #size: SizeWatch;
  readonly #feed: LiveFeed;
  readonly #remoteWrite: RemoteWriteAppend;
  readonly #commits: GroupCommit;
  readonly snapshot: EvaluationSnapshot;
  readonly #trouble: PackingTrouble;
  /** Lets others go first in the middle of a query or a rule. */
  readonly pause: Pause;
  readonly #tell = (plan: EvaluationPlan): void => void this.#apply(plan).catch(() => undefined);
  #ticking: Promise<void> | null = null;
  #urgent = false;
  #failure: unknown = null;

  /** Throws when the storage is of a later version of the product. */
  constructor(ports: ShardPorts) {
    const now = ports.now();
    this.#ports = ports;
    this.store = new SeriesStore(ports.database, ports.profile.store, now, ports.encodeColumn);
    this.settings = new ShardSettings(ports.database);
    this.#plans = new PlanLog(ports.database);
    this.#outbox = new Outbox(this.#plans, ports.deliver, ports.wait);
    this.idempotency = new IdempotencyLog(
      ports.database,
      () => this.#appended(ports.profile.requestWaitMs),
      (...asked) => recallElsewhere(ports.neighbours, this.settings.config?.map, ...asked),
    );
    const series = { ...readsForRules(() => this.reads), labelsOf: this.store.index.labels, richSeries: ports.profile.richSeries };
    const evaluation = ports.createEvaluation({ ...series, synthetic: (nowMs) => silences(this.store, nowMs), now: ports.now });
    const { restore, replayed } = replayLog(this.store, now);
    this.evaluation = new WakingEvaluation(evaluation, (one) =>
      // What fails halfway cannot be gone on with.
      this.#guarded(() => this.#tell(restore(one, this.settings.config, ports.neighbours?.self, this.#plans.states(), ports.now()))),
    );
    this.reads = new SeriesReads(this.store, this.evaluation, this.#plans, ports.profile, ports.now, this.settings);
    this.#feed = new LiveFeed(this.store.index);
    this.writer = new SampleWriter(this.store, this.evaluation, this.#feed);
    this.#remoteWrite = new RemoteWriteAppend(ports.kernel, this.writer, (all) => this.exemplars.addStored(all, this.store.index));
    this.exemplars = new ExemplarStore(ports.database, this.store.quarantine);
    this.#trouble = new PackingTrouble(taskLog(ports.database), this.store);
    this.gate = new IngestGate(ports.profile.gate, () => this.#trouble.refusal());
    this.pause = pauseBeside(this.gate, ports.wait);
    this.#commits = new GroupCommit(() => this.#commit(), ports.wait);
    this.snapshot = new EvaluationSnapshot(this.store, this.evaluation, now, replayed);
    this.learned = new LearnedElsewhere({
      index: this.store.index,
      evaluation: this.evaluation,
      ask: async (...asked) => (await ports.neighbours?.askDetectors(...asked)) ?? new ArrayBuffer(0),
      learned: () => this.snapshot.hurry(),
    });
    this.alerts = new AlertsElsewhere({
      ...ports,
      index: this.store.index,
      evaluation: this.evaluation,
      shards: () => this.learned.shards,
      apply: (plan) => this.#apply(plan),
      lets: () => this.snapshot.soon(),
    });
    this.levels = levelsOf({
      ...ports,
      writer: this.writer,
      map: () => this.settings.config?.map,
      learnMap: (version) => this.claims.learnMap(version),
      durable: () => this.#commits.durable(0),
    });
    this.claims = claimsOf({
      ...ports,
      store: this.store,
      settings: this.settings,
      learned: this.learned,
      idempotency: this.idempotency,
      configure: (config) => this.configure(config),
      durable: () => this.#commits.durable(0),
    });
    this.#size = new SizeWatch(this.store, ports.profile.store.maxSeries, this.claims, ports.neighbours);
    this.writer.movedAt = movedAt(this.settings.config?.map);
    this.#divisions = new DivisionTable(ports.database);
    // Storage is whole again; what is not delivered yet goes out now.
    this.#outbox.begin();
  }

  /** A connection's session; `identity` has an empty sender before HELLO. */
  session(identity: SessionIdentity, waitMs = this.#ports.profile.frameWaitMs): Session {
    this.evaluation.wake();
    const { neighbours, profile } = this.#ports;
    const shards = this.claims.dividedAmong(identity.routedBy ?? identity.tokenId);
    if (neighbours === undefined || shards === undefined || identity.share === true) return this.#frameSession(identity, waitMs);
    return new DividedSession({
      self: neighbours.self,
      shards,
      own: this.#frameSession(identity, Math.min(waitMs, profile.requestWaitMs)),
      forward: (shard, body) => neighbours.appendShare(shard, contextOf(identity), body),
      base: (sender) => this.#divisions.base(sender, this.store, () => this.#commits.durable(0)),
    });
  }

  #frameSession(identity: SessionIdentity, waitMs: number): FrameSession {
    return new FrameSession(
      {
        store: this.store,
        writer: this.writer,
        now: this.#ports.now,
        durable: () => this.#appended(waitMs, identity.routedBy),
        window: () => this.gate.window(this.#ports.profile.window),
        levels: (one, series) => this.levels.learn([contextOf(one).sender, one.sender, one.tokenId], series),
        admit: (one) => this.gate.refusal() ?? this.claims.admit({ context: contextOf(one), sender: one.sender, frames: true }),
      },
      identity,
    );
  }

  async appendFrames(context: SenderContext, body: Uint8Array): Promise<Result<ArrayBuffer>> {
    const split = splitMessages(body);
    if (!split.ok) return split;
    const moved = context.share === true ? null : await this.claims.route(context.sender, context.mapVersion ?? 0);
    if (moved !== null) return { ok: false, error: moved };
    const session = this.session(identityOf(context), this.#ports.profile.requestWaitMs);
    const answers = await Promise.all(split.value.map((message) => session.receive(message)));
    return ok(encodeMessages(answers).buffer);
  }

  async appendBatch(
    context: SenderContext,
    bytes: Uint8Array,
    repeatable?: Repeatable,
    refused: RefusedBefore = {},
  ): Promise<Result<AppendOutcome>> {
    const unclaimed = await this.claims.admit({ context, sender: context.sender, frames: false });
    if (unclaimed !== null) return { ok: false, error: unclaimed };
    const now = this.#ports.now();
    const elsewhere = typeof repeatable === "object" ? await this.idempotency.elsewhere(context.sender, repeatable, now) : null;
    if (elsewhere !== null) return elsewhere;
    const request = typeof repeatable === "object" ? keyed(context.sender, repeatable) : null;
    const before = request === null ? null : this.idempotency.find(request, now);
    if (before !== null) return before.ok ? ok(await before.value) : before;
    const full = this.gate.refusal();
    if (full !== null) return { ok: false, error: full };
    const batch = decodeBatch(bytes);
    if (!batch.ok) return batch;
    const asked = this.levels.learn([context.sender], batch.value.series);
    if (asked !== null) {
      const unknown = await asked;
      return unknown === null ? this.appendBatch(context, bytes, repeatable, refused) : { ok: false, error: unknown };
    }
    if (!this.writer.refusals.countBefore(refused, batch.value)) return ok({ accepted: 0, rejected: [] });
    this.evaluation.wake();
    const appended = appendSeries(this.writer, batch.value, now, repeatable === "by_time");
    const exemplars = this.exemplars.addStored(batch.value.exemplars, this.store.index);
    const answer: AppendOutcome = exemplars === 0 ? appended : { ...appended, exemplars };
    const durable = this.#appended(this.#ports.profile.requestWaitMs, context.sender);
    if (request !== null) this.idempotency.remember(request, answer, now, durable);
    return answered(durable, answer);
  }

  async appendRemoteWrite(context: SenderContext, body: Uint8Array, version: 1 | 2): Promise<Result<RemoteWriteOutcome>> {
    const refused = this.claims.admit({ context, sender: context.sender, frames: false });
    const refusal = (refused instanceof Promise ? await refused : refused) ?? this.gate.refusal();
    if (refusal !== null) return { ok: false, error: refusal };
    this.evaluation.wake();
    const appended = this.#remoteWrite.append(body, version, this.#ports.now());
    if (!appended.ok) return appended;
    return answered(this.#appended(this.#ports.profile.requestWaitMs, context.sender), appended.value);
  }

  /** Evaluation and live view come before the commit; a transition does not wait for company. */
  #appended(waitMs: number, sender?: string): Promise<void> {
    if (sender !== undefined) this.#size.grewBy(sender);
    if (this.#plans.add(this.evaluation.finish(this.#ports.now()))) this.#urgent = true;
    const live = this.#feed.take();
    if (live !== null) this.#ports.publish(encodeBatch(live));
    this.gate.waiting(this.store.pendingSamples);
    if (this.#urgent) return this.#commits.durable(0);
    return this.#commits.durable(patience(waitMs, this.store.pendingSamples));
  }

  #commit(): void {
    const now = this.#ports.now();
    this.#urgent = false;
    this.#guarded(() => {
      const alone = !(this.#plans.pending || this.idempotency.pending || this.exemplars.pending);
      this.store.commit(now, alone ? null : () => this.#writePending(now));
      this.gate.committed(this.#ports.synced?.() ?? Promise.resolve());
    });
    this.followUp(now);
    this.#outbox.begin();
    this.#ports.reschedule();
  }

  /** The commit stands, and its writers are answered so, whatever becomes of this; the alarm tries again what failed. */
  followUp(now: number): void {
    const packs = this.store.flushDue && !this.#trouble.standing;
    try {
      if (packs) this.#guarded(() => this.store.flushStep(now, () => this.#writeBeside(now)));
      else if (!this.store.flushDue && this.snapshot.due(now)) this.#guarded(() => this.snapshot.step(now));
    } catch (error) {
      if (packs) this.#trouble.began(error, now);
    }
  }

  /** After a failed write memory holds what the disk does not: nothing more may be written from it. */
  #guarded(write: () => void): void {
    if (this.#failure !== null) throw this.#failure;
    try {
      write();
    } catch (error) {
      this.#failure = error;
      this.#ports.abandon(error);
      throw error;
    }
  }

  // Upkeep, driven by the alarm

  flush(nowMs: number): void {
    this.#guarded(() => this.store.flush(nowMs, () => this.#writeBeside(nowMs)));
    this.#trouble.over();
  }

  /** One bounded step of the same; the alarm comes again while there is more. */
  flushStep(nowMs: number): void {
    if (this.#trouble.standing) this.flush(nowMs);
    else this.#guarded(() => this.store.flushStep(nowMs, () => this.#writeBeside(nowMs)));
  }

  /** What the log that is dropped held for others. */
  #writeBeside(nowMs: number): void {
    this.snapshot.step(nowMs);
    this.#writePending(nowMs);
    this.#plans.trim();
    this.idempotency.trim(nowMs);
  }

  #writePending(nowMs: number): void {
    this.#plans.write(nowMs);
    this.idempotency.write();
    this.exemplars.write();
  }

  /** What the alarm should do and when (ms), by name; null when there is nothing of the kind. */
  due(nowMs: number): Readonly<Record<"outbox" | "evaluation" | "flush" | "compaction" | "retention", number | null>> {
    return {
      outbox: this.#plans.undelivered > 0 ? nowMs : null,
      evaluation: this.evaluation.nextTickAt(nowMs),
      flush: this.store.flushDue && this.#trouble.standing ? nowMs : finite(this.store.flushDueAt),
      compaction: finite(this.store.compactor.dueAt(nowMs)),
      retention: finite(this.store.retention.dueAt),
    };
  }

  /** Rejects when Project could not be reached; the rows stay. */
  deliverOutbox(): Promise<void> {
    return this.#outbox.deliver();
  }

  /** One at a time: asked for while one is under way, that one. */
  tick(nowMs: number): Promise<void> {
    return (this.#ticking ??= this.#tick(nowMs).finally(() => (this.#ticking = null)));
  }

  async #tick(nowMs: number): Promise<void> {
    const elsewhere = await tickElsewhere(this.evaluation, this.reads, this.settings, this.#ports.neighbours, this.pause, nowMs);
    const at = elsewhere === undefined ? nowMs : this.#ports.now();
    await this.#apply(await tickInSteps(this.evaluation, this.pause, at, elsewhere));
  }

  /** One bounded step; the alarm comes again at once while there is more. */
  compact(nowMs: number): void {
    this.#guarded(() => this.store.compactor.step(nowMs));
  }

  retain(nowMs: number): void {
    this.#guarded(() => {
      if (this.store.retain(nowMs).length === 0) return;
      this.#remoteWrite.forget();
      this.writer.refusals.lift();
      this.store.room.recount();
    });
  }

  async configure(config: ShardConfig): Promise<void> {
    if (this.settings.config !== null && this.settings.config.version >= config.version) return;
    // By what was so until now: what the new one ends must be told.
    this.evaluation.wake();
    const now = this.#ports.now();
    const keep = (): void => this.settings.saveConfig(config);
    if (!seriesReturn(this.settings.config?.map, config.map, this.#ports.neighbours?.self)) keep();
    else this.#guarded(() => beginTotalsAnew(this.writer, now, () => (this.#writePending(now), keep())));
    this.writer.movedAt = movedAt(config.map);
    await this.#apply(this.evaluation.configure(config, this.#ports.now(), rulePlace(config.map, this.#ports.neighbours?.self)));
    this.#ports.reschedule();
  }

  async #apply(plan: EvaluationPlan): Promise<void> {
    this.#plans.add(plan);
    if (plan.recorded !== undefined) {
      appendSeries(this.writer, { series: plan.recorded }, this.#ports.now());
      await this.#appended(this.#ports.profile.requestWaitMs);
    }
    if (this.#plans.pending) await this.#commits.durable(0);
  }

  watch(selectors: readonly string[]): void {
    this.#feed.watch(selectors.map((text) => parseSelector(text)).flatMap((selector) => (selector.ok ? [selector.value] : [])));
  }
}

const finite = (time: number): number | null => (time === Infinity ? null : time);
