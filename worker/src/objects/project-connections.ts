import { connect } from "cloudflare:sockets";
import { createHash, createHmac } from "node:crypto";
import { Couriers } from "../alerting/couriers.ts";
import type { DeliveryPorts } from "../alerting/delivery.ts";
import { outboundPolicy } from "../alerting/outbound-address.ts";
import { broadcastToEditors } from "../alerting/receivers/editor.ts";
import { kindOf } from "../alerting/receivers/kinds.ts";
import { send } from "../alerting/receivers/send.ts";
import type { Env } from "../env.ts";
import type { DrivePorts } from "../project/drive.ts";
import { judgedForEditor } from "../project/editor-verdict.ts";
import { notificationDefinitions } from "../project/notification-templates.ts";
import type { ProjectPorts } from "../project/project-ports.ts";
import { ForecastBook } from "../project/forecasts/forecast-book.ts";
import { noteSettled } from "../project/receiver-deliveries.ts";
import { outboxPorts } from "../project/outbox-ports.ts";
import { DurableObjectDatabase } from "../storage/durable-object-database.ts";
import { forecastPorts } from "./forecast-ports.ts";
import { liveHubStub, shardStub } from "./stubs.ts";

/** Storage, clock, randomness and digest of the platform. */
export const projectSurroundings = (storage: DurableObjectStorage): Omit<ProjectPorts, "project"> => ({
  database: new DurableObjectDatabase(storage),
  now: () => Date.now(),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  hmacSha256: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
});

/** Nobody waits longer for what a shard says: people are to be told of what fires. */
const ANSWER_WITHIN_MS = 2000;
const tooLate = async (): Promise<never> => {
  await scheduler.wait(ANSWER_WITHIN_MS);
  throw new Error("the shard did not answer in time");
};

export interface ProjectConnections extends DrivePorts {
  readonly delivery: DeliveryPorts;
  readonly forecasts: ForecastBook;
}

/** What the project's deliveries go through: its hub, the network, its shards and its alarm. `done` is called when a delivery is. */
export function projectConnections(storage: DurableObjectStorage, env: Env, ports: ProjectPorts, done: () => void): ProjectConnections {
  const delivery: DeliveryPorts = {
    ...outboxPorts(ports),
    random: Math.random,
    usualPerMinute: (type) => kindOf(type).perMinute,
    toEditor: (notifications) => broadcastToEditors(liveHubStub(env, ports.project), judgedForEditor(ports, notifications)),
    toIntegration: (notification, integration) =>
      send(notification, integration, {
        now: ports.now,
        policy: outboundPolicy(env.ALLOW_OUTBOUND),
        externalUrl: env.EXTERNAL_URL ?? "",
        definitions: () => notificationDefinitions(ports),
        fetch: (url, init) => fetch(url, init),
        connect: (address, secureTransport) => connect(address, { secureTransport, allowHalfOpen: false }),
        wait: (ms, signal) => scheduler.wait(ms, { signal }),
        sha256: ports.sha256,
        hmacSha256: ports.hmacSha256,
      }),
    settled: (message) => noteSettled(ports, message),
  };
  return {
    delivery,
    couriers: new Couriers(delivery, done),
    forecasts: new ForecastBook(ports, forecastPorts(env, ports), done),
    configure: (shard, config) => shardStub(env, shard).configure(config),
    dependencies: (shard) => Promise.race([shardStub(env, shard).dependencies(), tooLate()]),
    activeAlerts: (shard, fingerprints) => Promise.race([shardStub(env, shard).activeAlerts(fingerprints), tooLate()]),
    breathe: () => scheduler.wait(0),
    setAlarm: (atMs) => (atMs === null ? storage.deleteAlarm() : storage.setAlarm(atMs)),
  };
}
