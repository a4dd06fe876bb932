import type { Failure } from "@sightline/shared/model/result";
import { headersOf } from "../shard/sender-headers.ts";
import { readBody } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { frameContext } from "./sender-context.ts";
import { writeToOwner } from "./shards.ts";
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
      const context = frameContext(principal, c.req.raw);
      return unwrap(
        await writeToOwner(c.env, context, async (shard, context) => {
          const response = await passUpgrade(c.req.raw, shard, headersOf(context));
          return response.status === 409 ? { ok: false, error: await response.json<Failure>() } : { ok: true, value: response };
        }),
      );
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
      const context = frameContext(principal, c.req.raw);
      const body = ownBuffer(await readBody(c.req.raw));
      const answer = unwrap(await writeToOwner(c.env, context, (shard, context) => shard.appendFrames(context, body)));
      return new Response(answer, { headers: { "content-type": "application/octet-stream" } });
    },
  );
}
