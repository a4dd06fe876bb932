import { createHash, createHmac } from "node:crypto";
import { outboundPolicy } from "../alerting/outbound-address.ts";
import { broadcastToEditors } from "../alerting/receivers/editor.ts";
import { postWebhook } from "../alerting/receivers/webhook.ts";
import type { Env } from "../env.ts";
import type { DrivePorts } from "../project/drive.ts";
import type { ProjectPorts } from "../project/project-ports.ts";
import { listReceivers } from "../project/receivers.ts";
import { DurableObjectDatabase } from "../storage/durable-object-database.ts";
import { liveHubStub, shardStub } from "./stubs.ts";

/** Storage, clock, randomness and digest of the platform. */
export const projectSurroundings = (storage: DurableObjectStorage): Omit<ProjectPorts, "project"> => ({
  database: new DurableObjectDatabase(storage),
  now: () => Date.now(),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  hmacSha256: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
});

/** What the project's deliveries go through: its hub, the network, its shards and its alarm. */
export function projectConnections(storage: DurableObjectStorage, env: Env, ports: ProjectPorts): DrivePorts {
  return {
    delivery: {
      database: ports.database,
      now: ports.now,
      random: Math.random,
      receivers: () => listReceivers(ports),
      toEditor: (notifications) => broadcastToEditors(liveHubStub(env, ports.project), notifications),
      toWebhook: (receiver, notification) =>
        postWebhook(receiver, notification, {
          nowMs: ports.now(),
          policy: outboundPolicy(env.ALLOW_OUTBOUND),
          send: (url, init) => fetch(url, init),
          wait: (ms, signal) => scheduler.wait(ms, { signal }),
        }),
    },
    configure: (shard, config) => shardStub(env, shard).configure(config),
    setAlarm: (atMs) => (atMs === null ? storage.deleteAlarm() : storage.setAlarm(atMs)),
  };
}
