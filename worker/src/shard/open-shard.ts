import type { AlertTransition } from "@sightline/shared/model/alert";
import type { Env } from "../env.ts";
import { createColumnEncoder } from "../kernel/create-column-encoder.ts";
import { createIngestKernel } from "../kernel/create-ingest-kernel.ts";
import baseTierModule from "../kernel/base-tier.wasm";
import kernelModule from "../kernel/ingest-kernel.wasm";
import { createBaseTier } from "../kernel/wasm-base-tier.ts";
import { AlarmScheduler } from "../objects/alarm-scheduler.ts";
import { fullDisk } from "../objects/full-disk.ts";
import { peersOf } from "../objects/peer-shards.ts";
import { liveHubStub, projectStub, shardStub } from "../objects/stubs.ts";
import type { ShardConfig } from "../objects/rpc.ts";
import { createEvaluation } from "../rules/evaluation.ts";
import { ArchivedReads } from "../query/archived-reads.ts";
import type { Pause } from "../query/beside-ingest.ts";
import type { QuerySource } from "../query/query-source.ts";
import { READER_TURNS } from "../query/reader-turns.ts";
import { waitFor } from "../query/wait-for.ts";
import { UnboundReads } from "../query/unbound-reads.ts";
import { type Archive, bucketArchive } from "../storage/archive.ts";
import { directoryArchive } from "../storage/directory-archive.ts";
import { RunArchive } from "../storage/run-archive.ts";
import { DurableObjectDatabase } from "../storage/durable-object-database.ts";
import type { SessionIdentity } from "./frame-session.ts";
import { nullEvaluation } from "./null-evaluation.ts";
import { shardProfile } from "./profile.ts";
import { contextOf } from "./sender-headers.ts";
import { type Session, ShardCore } from "./shard-core.ts";
import { identityOf } from "./session-identity.ts";
import { RateMeter } from "./shard-status.ts";
import { shardTasks } from "./shard-tasks.ts";
import { taskLog } from "./task-log.ts";

/** `project/shard-0` → `project`. */
const projectOf = (shard: string): string => shard.slice(0, Math.max(0, shard.lastIndexOf("/"))) || shard;

/** A bucket, or a folder of the local stack; null where neither is bound. */
function archiveOf({ ARCHIVE, ARCHIVE_DIRECTORY }: Env): Archive | null {
  if (ARCHIVE !== undefined) return bucketArchive(ARCHIVE);
  return ARCHIVE_DIRECTORY === undefined ? null : directoryArchive(ARCHIVE_DIRECTORY);
}

const WARY_MS = 10_000;
const SOON_MS = 3 * WARY_MS;
/** When each object was opened last in this isolate, ms. */
const openedAt = new Map<string, number>();

/**
 * An object that is opened again so soon has failed, as on a full disk with whatever it writes. To arm its alarm is to write,
 * and would take the questions that wait with it: that is tried later. One that only slept has its alarm still.
 */
function mayHaveFailed(object: string, nowMs: number): boolean {
  const before = openedAt.get(object);
  openedAt.set(object, nowMs);
  return before !== undefined && nowMs - before < SOON_MS;
}

/** A series waits for no answer that takes longer, ms, nor does what else the alarm has to do. */
const ANSWER_WITHIN_MS = 5000;
const tooLate = async (): Promise<never> => {
  await waitFor(ANSWER_WITHIN_MS);
  throw new Error("the shard did not answer in time");
};
const inTime = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, tooLate()]);

/** A core bound to its platform: sockets, alarm, the other objects. Lives as long as the object's memory. */
export class OpenShard {
  readonly core: ShardCore;
  readonly archive: RunArchive | null;
  readonly archived: ArchivedReads | null;
  readonly scheduler: AlarmScheduler;
  readonly meter: RateMeter;
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #project: string;
  readonly #sessions = new WeakMap<WebSocket, Session>();

  static async open(ctx: DurableObjectState, env: Env, abandoned: () => void): Promise<OpenShard> {
    const shard = new OpenShard(ctx, env, abandoned);
    // What was due when the object fell asleep is armed still: to ask all tasks anew would restore the evaluation.
    const armedAt = await ctx.storage.getAlarm();
    const wary = mayHaveFailed(ctx.id.toString(), Date.now());
    if (wary && armedAt === null) ctx.waitUntil(scheduler.wait(WARY_MS).then(() => shard.scheduler.resume(null)));
    else await shard.scheduler.resume(armedAt, !wary);
    // Neither may hold up the first append: a shard that knows no rules yet still stores.
    ctx.waitUntil(shard.#refresh());
    return shard;
  }

  private constructor(ctx: DurableObjectState, env: Env, abandoned: () => void) {
    this.#ctx = ctx;
    this.#env = env;
    const name = ctx.id.name ?? "default/shard-0";
    this.#project = projectOf(name);
    const database = new DurableObjectDatabase(ctx.storage);
    const now = () => Date.now();
    const profile = shardProfile(env.PROFILE, env.ENABLE_FEATURE, {
      outOfOrderWindow: env.OUT_OF_ORDER_WINDOW,
      duplicatePolicy: env.DUPLICATE_POLICY,
      storageGB: env.STORAGE_GB,
    });
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    this.core = new ShardCore({
      database,
      profile,
      now,
      wait: waitFor,
      synced: () => {
        READER_TURNS.written();
        return ctx.storage.sync();
      },
      kernel: createIngestKernel(kernelModule, { seed, maxBytes: profile.kernelBytes }),
      encodeColumn: createColumnEncoder(kernelModule),
      createEvaluation:
        env.STORE_ONLY === "1"
          ? nullEvaluation
          : (own) => createEvaluation({ ...own, externalUrl: env.EXTERNAL_URL ?? "", baseTier: () => createBaseTier(baseTierModule) }),
      deliver: (transitions: readonly AlertTransition[]) => projectStub(env, this.#project).receive(name, transitions),
      publish: (batch) => {
        const own = batch.slice().buffer;
        liveHubStub(env, this.#project)
          .publish(name, own)
          .catch(() => undefined);
      },
      abandon: (error) => {
        fullDisk.saw(error, now());
        abandoned();
      },
      neighbours: {
        self: name,
        askHandOver: (shard, sender, mapVersion) => shardStub(env, shard).handOver(sender, mapVersion),
        askAnswer: (shard, sender, request) => inTime(shardStub(env, shard).recallAnswer({ sender }, request, true)),
        askLevels: (shard, series, mapVersion) => inTime(shardStub(env, shard).handLevels(series, mapVersion)),
        askDetectors: (shard, series) => inTime(shardStub(env, shard).handDetectors(series)),
        askAlerts: (shard, series) => inTime(shardStub(env, shard).handAlerts(series)),
        confirmAlerts: (shard, taken) => inTime(shardStub(env, shard).confirmAlerts(taken)),
        appendShare: (shard, context, body) => shardStub(env, shard).appendFrames({ ...context, share: true }, body),
        askSplit: async (sender) => void (await projectStub(env, this.#project).splitSender(sender)),
        askConfig: () => projectStub(env, this.#project).shardConfig(),
        peers: (shards) => peersOf(env, name, shards),
        askSlos: (shard) => shardStub(env, shard).slos(),
      },
      reschedule: () => {
        const armed = this.scheduler.rearm();
        if (armed !== null) ctx.waitUntil(armed);
      },
    });
    const archive = archiveOf(env);
    this.archive = archive === null ? null : new RunArchive(archive, name, database, this.core.store);
    this.archived = this.archive === null ? null : new ArchivedReads(this.core.reads, this.archive);
    this.meter = new RateMeter(now());
    this.scheduler = new AlarmScheduler(ctx.storage, shardTasks(this.core, this.archive), taskLog(database), now);
  }

  /** Asks for what may have changed while this object slept: its configuration, and what is watched. */
  async #refresh(): Promise<void> {
    try {
      await this.configure(await projectStub(this.#env, this.#project).shardConfig());
      this.core.watch(await liveHubStub(this.#env, this.#project).watched());
    } catch {
      // The stored configuration goes on; Project pushes the next one.
    }
  }

  /** Lets others go first in the middle of a query. */
  get pause(): Pause {
    return this.core.pause;
  }

  /** What queries are evaluated over. */
  get source(): QuerySource {
    if (this.archived !== null) return this.archived;
    const { reads, store } = this.core;
    const { catalog } = store.retention;
    return catalog.runs.length === 0 ? reads : new UnboundReads(reads, catalog);
  }

  watch(_hub: string, selectors: readonly string[]): void {
    this.core.watch(selectors);
  }

  async problems(): Promise<string[]> {
    const archived = this.archive === null ? this.core.store.retention.catalog.unbound() : await this.archive.look();
    return [...fullDisk.problems(), ...this.scheduler.problems(), ...archived];
  }

  async configure(config: ShardConfig): Promise<void> {
    await this.core.configure(config);
    for (const socket of this.#ctx.getWebSockets()) {
      const identity = socket.deserializeAttachment() as SessionIdentity;
      if (this.core.claims.owns(identity.routedBy ?? identity.tokenId)) continue;
      // 1012: the service restarts, come again. What is under way is answered by the shard that takes over.
      socket.close(1012, "moved: this sender belongs to another shard now, connect again");
    }
  }

  async acceptSocket(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response("frames come over a WebSocket or as POST", { status: 426, headers: { upgrade: "websocket" } });
    }
    const identity = identityOf(contextOf(request.headers, this.#project));
    const refused = await this.core.claims.route(identity.routedBy ?? "", identity.mapVersion ?? 0);
    if (refused !== null) return Response.json(refused, { status: 409 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment(identity);
    return new Response(null, { status: 101, webSocket: client });
  }

  async receive(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (typeof message === "string") {
      socket.close(1003, "frames are binary");
      return;
    }
    let session = this.#sessions.get(socket);
    if (session === undefined) {
      session = this.core.session(socket.deserializeAttachment() as SessionIdentity);
      this.#sessions.set(socket, session);
    }
    const before = session.identity;
    try {
      const answering = session.receive(new Uint8Array(message));
      if (session.identity !== before) socket.serializeAttachment(session.identity);
      socket.send(await answering);
    } catch {
      // Nothing of the frame is on disk, and it was not acknowledged: the sender comes again.
      socket.close(1013, "the frame could not be stored; connect again and send what is not acknowledged");
    }
  }

  closed(socket: WebSocket, code: number): void {
    this.#sessions.delete(socket);
    // 1005 and 1006 say that no code was given; they may not be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code, "closed");
  }
}
