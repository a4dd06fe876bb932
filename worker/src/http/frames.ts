import { readBody } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { senderContext } from "./sender-context.ts";
import { shardOf } from "./shards.ts";
import { passUpgrade } from "./upgrade.ts";

/** The bytes as an ArrayBuffer of their own, which is how bulk travels between objects. */
export function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) return buffer;
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}

/** Native frames pass through undecoded to the shard (shared/src/protocol/PROTOCOL.md). */
export function frameRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v1/frames",
      role: "ingest",
      summary: "Native frames over a WebSocket",
      answers: { status: 101, description: "Upgraded" },
    },
    async ({ c, principal }) => {
      const context = senderContext(principal, c.req.raw);
      return passUpgrade(c.req.raw, await shardOf(c.env, principal.project, context.sender), {
        "x-sightline-project": context.project,
        "x-sightline-token-id": context.tokenId,
      });
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v1/frames",
      role: "ingest",
      summary: "Native frames over HTTP: HELLO and FRAMEs in, ACKs out, after the samples are durable",
      rawBody: { mediaType: "application/octet-stream", description: "Messages, each behind a u32 length" },
    },
    async ({ c, principal }) => {
      const context = senderContext(principal, c.req.raw);
      const body = await readBody(c.req.raw);
      const shard = await shardOf(c.env, principal.project, context.sender);
      const answer = unwrap(await shard.appendFrames(context, ownBuffer(body)));
      return new Response(answer, { headers: { "content-type": "application/octet-stream" } });
    },
  );
}
