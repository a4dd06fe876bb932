import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { Failure, Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import { OpenShard } from "../shard/open-shard.ts";
import { fullDisk, tryRoom } from "./full-disk.ts";

/** What every family of a shard's calls stands on: opening, sockets and the alarm. */
export abstract class ShardShell extends DurableObject<Env> {
  #open: Promise<OpenShard> | null = null;

  /** Opened on first use, and anew after its memory and its storage have come apart. */
  protected shard(): Promise<OpenShard> {
    this.#open ??= OpenShard.open(this.ctx, this.env, () => (this.#open = null));
    this.#open.catch(() => (this.#open = null));
    return this.#open;
  }

  /** Refused before it is opened while the disk has no room: to open it is to read its log back. */
  protected async forWriting(): Promise<Result<OpenShard>> {
    const full = fullDisk.standing ? await this.#full() : null;
    return full === null ? ok(await this.shard()) : { ok: false, error: full };
  }

  #full(): Promise<Failure | null> {
    return fullDisk.refusal(Date.now(), () => tryRoom(this.ctx.storage));
  }

  override async fetch(request: Request): Promise<Response> {
    return (await this.shard()).acceptSocket(request);
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const shard = await this.forWriting();
    if (shard.ok) await shard.value.receive(socket, message);
    else socket.close(1013, "the disk of this server is full; connect again and send what is not acknowledged");
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    (await this.shard()).closed(socket, code);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    (await this.shard()).closed(socket, 1011);
  }

  override async alarm(): Promise<void> {
    // Upkeep writes. The platform calls again when this is cut short.
    for (let full = await this.#full(); full !== null; full = await this.#full()) await scheduler.wait(full.retryAfterMs ?? 1000);
    await (await this.shard()).scheduler.fire();
  }
}
