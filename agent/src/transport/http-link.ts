import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { encodeMessages, splitMessages } from "@sightline/shared/protocol/message-stream";
import type { Link, LinkEvents } from "./link.ts";
import { type Address, authorization, framesUrl, keepsNoProcess, senderHeader } from "./websocket-link.ts";

const TIMEOUT_MS = 30_000;

/**
 * The fallback where WebSockets do not pass: messages sent in one turn go as one POST. Every request must begin with HELLO,
 * so after each answer the link closes with code `next_request` and the loop opens another: no state is left on the server.
 */
export function openHttp(address: Address, events: LinkEvents): Link {
  const url = framesUrl(address.url);
  let queued: Uint8Array[] = [];
  let hello: Uint8Array | null = null;
  let busy = false;
  let done = false;
  const finish = (reason: Parameters<LinkEvents["closed"]>[0]): void => {
    if (done) return;
    done = true;
    events.closed(reason);
  };
  const post = (): void => {
    if (busy || done || queued.length === 0) return;
    busy = true;
    const messages = queued;
    queued = [];
    const body = encodeMessages(messages);
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(
      url,
      {
        method: "POST",
        headers: {
          ...authorization(address.token),
          ...senderHeader(address),
          "content-type": "application/octet-stream",
          "content-length": body.length,
        },
        timeout: TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => finish({ code: "unreachable", message: error.message }));
        response.on("end", () => {
          busy = false;
          const status = response.statusCode ?? 0;
          if (status !== 200) {
            const retryAfter = Number(response.headers["retry-after"]);
            const code = status === 413 ? "too_large" : status === 400 ? "malformed" : "refused";
            finish({
              code,
              message: `the server answered ${status}`,
              status,
              ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
            });
            return;
          }
          const answers = splitMessages(Buffer.concat(chunks));
          if (!answers.ok) {
            finish(answers.error);
            return;
          }
          for (const answer of answers.value) if (!done) events.received(answer);
          if (messages.length > 1 || messages[0] !== hello) finish({ code: "next_request", message: "answered" });
        });
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.on("error", (error) => finish({ code: "unreachable", message: error.message }));
    keepsNoProcess(request).end(body);
  };
  queueMicrotask(() => {
    if (!done) events.opened();
  });
  return {
    send: (message) => {
      if (hello === null) hello = message;
      // The HELLO of the first POST stands before the frames of the second.
      else if (queued.length === 0 && !busy) queued.push(hello);
      queued.push(message);
      setImmediate(post);
    },
    get bufferedBytes() {
      return queued.reduce((sum, message) => sum + message.length, 0);
    },
    close: () => {
      done = true;
    },
  };
}
