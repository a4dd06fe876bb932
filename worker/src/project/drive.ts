import { type DeliveryPorts, deliverDue } from "../alerting/delivery.ts";
import type { ShardConfig } from "../objects/rpc.ts";
import { advance, nextWakeAt } from "./project-core.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { pushConfiguration } from "./shard-configuration.ts";

/** How long after a crash in the middle of the work the alarm takes it up again. */
const CRASH_RETRY_MS = 5000;
/** Passes in one go; whatever is left waits for the alarm. */
const MAX_PASSES = 50;

export interface DrivePorts {
  readonly delivery: DeliveryPorts;
  readonly configure: (shard: string, config: ShardConfig) => Promise<void>;
  /** The object's one alarm; null takes it away. */
  readonly setAlarm: (atMs: number | null) => Promise<void>;
}

const isDue = (ports: ProjectPorts): boolean => (nextWakeAt(ports) ?? Number.POSITIVE_INFINITY) <= ports.now();

/** Does what time has brought about, delivers what waits in the outbox, tells shards their configuration, and leaves the alarm where the next work is. */
export async function drive(ports: ProjectPorts, { delivery, configure, setAlarm }: DrivePorts): Promise<void> {
  if (isDue(ports)) await setAlarm(ports.now() + CRASH_RETRY_MS);
  for (let pass = 0; pass < MAX_PASSES && isDue(ports); pass++) {
    advance(ports);
    await Promise.all([deliverDue(delivery), pushConfiguration(ports, configure)]);
  }
  await setAlarm(nextWakeAt(ports));
}
