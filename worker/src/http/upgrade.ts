import type { Fetches } from "../objects/stubs.ts";
import { HttpFailure } from "./http-failure.ts";

/**
 * Hands a WebSocket upgrade to an object with what the Worker found out about it. Context headers are set here and
 * nowhere else, so a client that sends its own is overruled. The token does not travel on.
 */
export async function passUpgrade(request: Request, target: Fetches, context: Readonly<Record<string, string>>): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new HttpFailure("bad_request", "This route speaks WebSocket: send Upgrade: websocket.");
  }
  const headers = new Headers(request.headers);
  const claimed = [...headers.keys()].filter((name) => name.startsWith("x-sightline-"));
  for (const name of claimed) headers.delete(name);
  headers.delete("authorization");
  const protocols =
    headers
      .get("sec-websocket-protocol")
      ?.split(",")
      .map((protocol) => protocol.trim()) ?? [];
  headers.delete("sec-websocket-protocol");
  for (const [name, value] of Object.entries(context)) headers.set(name, value);
  const response = await target.fetch(new Request(request.url, { method: "GET", headers }));
  if (response.status !== 101 || response.webSocket === null || !protocols.includes("sightline.v1")) return response;
  // A browser closes the socket unless one of the subprotocols it offered comes back.
  return new Response(null, { status: 101, webSocket: response.webSocket, headers: { "sec-websocket-protocol": "sightline.v1" } });
}
