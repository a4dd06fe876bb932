import type { Couriers } from "../alerting/couriers.ts";
import type { ShardConfig } from "../objects/rpc.ts";
import { advance, nextWakeAt } from "./project-core.ts";
import { type AskShard, learnTopology, nextLearningAt } from "./incidents/learning.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { type AskActive, freshenDue } from "./fresh-texts.ts";
import type { ForecastBook } from "./forecasts/forecast-book.ts";
import { nextPruneAt } from "./prune.ts";
import { pushConfiguration } from "./shard-configuration.ts";

/** How long after a crash in the middle of the work the alarm takes it up again. */
const CRASH_RETRY_MS = 5000;
/** Passes in one go; whatever is left waits for the alarm. */
const MAX_PASSES = 50;

export interface DrivePorts {
  readonly couriers: Couriers;
  readonly forecasts: Pick<ForecastBook, "start" | "nextAt">;
  readonly configure: (shard: string, config: ShardConfig) => Promise<void>;
  /** What the labels of a shard tell of dependencies. */
  readonly dependencies: AskShard;
  readonly activeAlerts: AskActive;
  /** Lets whoever waits for the object be answered. */
  readonly breathe: () => Promise<void>;
  /** The object's one alarm; null takes it away. */
  readonly setAlarm: (atMs: number | null) => Promise<void>;
}

/**
 * Does what time has brought about, sets to work what delivers the outbox, tells shards their configuration, and leaves
 * the alarm where the next work is. Deliveries are not waited for: a receiver that hangs holds nothing up, and whoever
 * is done drives again.
 */
export async function drive(
  ports: ProjectPorts,
  { couriers, forecasts, configure, dependencies, activeAlerts, breathe, setAlarm }: DrivePorts,
): Promise<void> {
  const never = Number.POSITIVE_INFINITY;
  const nextAt = (): number =>
    Math.min(nextWakeAt(ports, couriers.busy) ?? never, nextLearningAt(ports) ?? never, forecasts.nextAt() ?? never);
  const isDue = (): boolean => nextAt() <= ports.now();
  if (isDue()) await setAlarm(ports.now() + CRASH_RETRY_MS);
  for (let pass = 0; pass < MAX_PASSES && isDue(); pass++) {
    if (pass > 0) await breathe();
    // Before anybody is told: what is down may explain what else is not well.
    await learnTopology(ports, dependencies);
    await freshenDue(ports, activeAlerts);
    advance(ports);
    couriers.start();
    forecasts.start();
    await pushConfiguration(ports, configure);
  }
  // While a message is on its way the alarm stands behind it, in case the object does not live to see the answer.
  const next = couriers.busy.size === 0 ? nextAt() : Math.min(nextAt(), ports.now() + CRASH_RETRY_MS);
  // What is over is forgotten by the alarm itself.
  const alarmAt = Math.min(next, nextPruneAt(ports) ?? never);
  await setAlarm(alarmAt === never ? null : alarmAt);
}
