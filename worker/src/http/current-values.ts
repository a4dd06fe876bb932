import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import { alertIdOf } from "../project/alert-lifecycle.ts";
import type { Shard } from "./shards.ts";

/** Pending and firing alerts with their latest value. A shard that cannot answer has none: its alerts show the value of their last change. */
export const activeOn = async (shards: readonly Shard[]): Promise<readonly AlertTransition[]> =>
  (await Promise.all(shards.map((shard) => shard.activeAlerts().catch((): readonly AlertTransition[] => [])))).flat();

/** Open alerts with the value of now; the project keeps the one of their last change of state. */
export function withCurrentValues(alerts: readonly Alert[], active: readonly AlertTransition[]): readonly Alert[] {
  const values = new Map(active.map((each) => [alertIdOf(each), each.value]));
  return alerts.map((alert) => {
    const value = alert.state === "resolved" ? undefined : values.get(alert.id);
    return value === undefined || !Number.isFinite(value) ? alert : { ...alert, value };
  });
}
