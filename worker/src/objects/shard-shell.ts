import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { OpenShard } from "../shard/open-shard.ts";

/** What every family of a shard's calls stands on: opening, sockets and the alarm. */
export abstract class ShardShell extends DurableObject<Env> {
  #open: Promise<OpenShard> | null = null;

  /** Opened on first use, and anew after its memory and its storage have come apart. */
  protected shard(): Promise<OpenShard> {
    this.#open ??= OpenShard.open(this.ctx, this.env, () => (this.#open = null));
    this.#open.catch(() => (this.#open = null));
    return this.#open;
  }

  override async fetch(request: Request): Promise<Response> {
    return (await this.shard()).acceptSocket(request);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    await (await this.shard()).receive(socket, message);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    (await this.shard()).closed(socket, code);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    (await this.shard()).closed(socket, 1011);
  }

  override async alarm(): Promise<void> {
    await (await this.shard()).scheduler.fire();
  }
}
