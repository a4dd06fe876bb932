import { DurableObject } from "cloudflare:workers";
import type { Principal } from "@sightline/shared/model/principal";
import { ok } from "@sightline/shared/model/result";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import type { Env } from "../env.ts";
import { LiveCore } from "../live/live-core.ts";
import type { Viewer, ViewerSocket } from "../live/viewer.ts";
import type { LiveHubRpc } from "./rpc.ts";
import { projectStub, shardStub } from "./stubs.ts";

const HISTORY_SERIES = 1000;
/** Answered by the platform without waking the hub: a client that only keeps the line open sends sentAt 0. */
const KEEP_ALIVE = new WebSocketRequestResponsePair('{"type":"ping","sentAt":0}', '{"type":"pong","sentAt":0,"serverTime":0}');

/** Shell around LiveCore: hibernating sockets in, RPC to the shards out. */
export class LiveHub extends DurableObject<Env> implements LiveHubRpc {
  readonly #core: LiveCore;
  readonly #sockets = new WeakMap<WebSocket, ViewerSocket>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(KEEP_ALIVE);
    this.#core = new LiveCore({
      now: () => Date.now(),
      sockets: () => ctx.getWebSockets().map((socket) => this.#wrap(socket)),
      watch: async (project, selectors) => {
        const { shards } = await projectStub(env, project).shardMap();
        await Promise.all(shards.map((shard) => shardStub(env, shard).watch(project, selectors)));
      },
      history: async (project, matchers, startMs, endMs) => {
        const { shards } = await projectStub(env, project).shardMap();
        const batches: SampleBatch[] = [];
        for (const shard of shards) {
          const answer = await shardStub(env, shard).select({ matchers, startMs, endMs, limit: HISTORY_SERIES });
          if (!answer.ok) return answer;
          const batch = decodeBatch(new Uint8Array(answer.value));
          if (!batch.ok) return batch;
          batches.push(batch.value);
        }
        return ok(batches);
      },
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const header = request.headers.get("x-sightline-principal");
    if (header === null) return new Response("Upgrades come through the Worker.", { status: 400 });
    const principal = JSON.parse(decodeURIComponent(header)) as Principal;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    this.#core.welcome(this.#wrap(server), {
      project: principal.project,
      name: principal.userName ?? principal.tokenName,
      subscriptions: [],
    });
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await this.#core.message(this.#wrap(socket), message);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    await this.#core.closed(this.#wrap(socket));
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.#core.closed(this.#wrap(socket));
  }

  async publish(_shard: string, batch: ArrayBuffer): Promise<void> {
    const decoded = decodeBatch(new Uint8Array(batch));
    if (decoded.ok) await this.#core.publish(decoded.value);
  }

  async broadcast(events: Parameters<LiveHubRpc["broadcast"]>[0]): Promise<void> {
    this.#core.broadcast(events);
  }

  async watched(): Promise<readonly string[]> {
    return this.#core.watched();
  }

  async viewers(): Promise<number> {
    return this.ctx.getWebSockets().length;
  }

  /** One wrapper a socket, so that the core can compare them. */
  #wrap(socket: WebSocket): ViewerSocket {
    let wrapped = this.#sockets.get(socket);
    if (wrapped === undefined) {
      wrapped = {
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code, reason),
        viewer: () => socket.deserializeAttachment() as Viewer | null,
        remember: (viewer) => socket.serializeAttachment(viewer),
      };
      this.#sockets.set(socket, wrapped);
    }
    return wrapped;
  }
}
