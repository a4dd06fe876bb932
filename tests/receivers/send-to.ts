import { createHash, createHmac } from "node:crypto";
import { connect as connectSocket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import type { Integration } from "@sightline/shared/alerting/receiver";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import type { GroupNotification } from "../../worker/src/alerting/group-notification.ts";
import { type SendPorts, send } from "../../worker/src/alerting/receivers/send.ts";
import { definitionsOf } from "../../worker/src/alerting/templates/template-set.ts";
import type { MailSocket } from "../../worker/src/alerting/transport/send-smtp.ts";

/** A socket of node:net with the face of cloudflare:sockets. */
function mailSocket(socket: ReturnType<typeof connectSocket>): MailSocket {
  socket.on("error", () => undefined);
  const { readable, writable } = Duplex.toWeb(socket);
  return {
    readable: readable as ReadableStream<Uint8Array>,
    writable: writable as WritableStream<Uint8Array>,
    startTls: () => mailSocket(connectTls({ socket, rejectUnauthorized: false })),
    close: async () => void socket.destroy(),
  };
}

const loopback: SendPorts = {
  policy: { allowed: ["127.0.0.0/8"] },
  externalUrl: "https://sightline.example.org",
  definitions: () => definitionsOf(new Map()),
  now: () => Date.now(),
  fetch: (url, init) => fetch(url, init),
  connect: ({ hostname, port }, tls) =>
    mailSocket(tls === "on" ? connectTls({ host: hostname, port, rejectUnauthorized: false }) : connectSocket({ host: hostname, port })),
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  hmacSha256: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};

/** Over real sockets of this machine. */
export const sendTo = (
  integration: Integration,
  notification: GroupNotification,
  ports: Partial<SendPorts> = {},
): Promise<DeliveryOutcome> => send(notification, integration, { ...loopback, ...ports });
