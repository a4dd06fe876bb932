import type { ClientRequest } from "node:http";
import { WebSocket } from "ws";
import type { Link, LinkEvents } from "./link.ts";

const PING_EVERY_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface Address {
  /** http(s)://HOST[/PATH]; `/api/v1/frames` is added. */
  readonly url: string;
  readonly token: string | null;
  /** The sender's id, which the server finds its shard by. */
  readonly sender?: string;
}

export const framesUrl = (url: string): URL => new URL("api/v1/frames", url.endsWith("/") ? url : `${url}/`);

/** Only what a header can carry; a server that is not told goes by the token. */
export const senderHeader = ({ sender }: Address): Record<string, string> =>
  sender !== undefined && /^[\w.:@/-]{1,128}$/.test(sender) ? { "x-sightline-sender": sender } : {};

export const authorization = (token: string | null): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${token}` });

/** A program that has done its work ends, whatever connection is open: who waits for one holds a timer. */
export const keepsNoProcess = (request: ClientRequest): ClientRequest => request.on("socket", (socket) => socket.unref());

/** Pings find a peer that is gone without a word: two intervals of silence close the link. */
export function openWebSocket(address: Address, events: LinkEvents): Link {
  const url = framesUrl(address.url);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url, {
    headers: { ...authorization(address.token), ...senderHeader(address) },
    perMessageDeflate: false,
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    maxPayload: 4 * 1024 * 1024,
    finishRequest: (request) => keepsNoProcess(request).end(),
  });
  let heard = true;
  let done = false;
  const pings = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!heard) {
      finish({ code: "silent", message: `nothing heard for ${(2 * PING_EVERY_MS) / 1000} s` });
      return;
    }
    heard = false;
    socket.ping();
  }, PING_EVERY_MS);
  pings.unref();
  const finish = (reason: Parameters<LinkEvents["closed"]>[0]): void => {
    if (done) return;
    done = true;
    clearInterval(pings);
    socket.terminate();
    events.closed(reason);
  };
  socket.on("open", () => events.opened());
  socket.on("pong", () => (heard = true));
  socket.on("message", (content: Buffer | ArrayBuffer | Buffer[]) => {
    heard = true;
    if (!done && Buffer.isBuffer(content)) events.received(content);
  });
  socket.on("unexpected-response", (request, response) => {
    const status = response.statusCode ?? 0;
    const retryAfter = Number(response.headers["retry-after"]);
    request.destroy();
    finish({
      code: "refused",
      message: `the server answered ${status}`,
      status,
      ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
    });
  });
  socket.on("error", (error) => finish({ code: "unreachable", message: error.message === "" ? "no connection" : error.message }));
  socket.on("close", (code, reason) =>
    finish({ code: code === 1009 ? "too_large" : "closed", message: `closed with ${code} ${reason.toString()}`.trim() }),
  );
  return {
    send: (message) => {
      if (!done && socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    close: () => {
      if (done) return;
      done = true;
      clearInterval(pings);
      // An orderly close lets the server see what was sent; the timer is for a server that does not answer it.
      if (socket.readyState === WebSocket.OPEN) {
        socket.close(1000);
        setTimeout(() => socket.terminate(), 1000).unref();
      } else socket.terminate();
    },
  };
}
