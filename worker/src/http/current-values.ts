import type { Alert, AlertTransition } from "@sightline/shared/model/alert";
import { alertIdOf } from "../project/alert-lifecycle.ts";
import type { Shard } from "./shards.ts";

/** Pending and firing alerts with their latest value and annotations. A shard that cannot answer has none: its alerts show those of their last change. */
export const activeOn = async (shards: readonly Shard[]): Promise<readonly AlertTransition[]> =>
  (await Promise.all(shards.map((shard) => shard.activeAlerts().catch((): readonly AlertTransition[] => [])))).flat();

/** Open alerts with value and annotations of now; the project keeps those of their last change of state, or of when they were told again. */
export function withCurrentValues(alerts: readonly Alert[], active: readonly AlertTransition[]): readonly Alert[] {
  const current = new Map(active.map((each) => [alertIdOf(each), each]));
  return alerts.map((alert) => {
    const now = alert.state === "resolved" ? undefined : current.get(alert.id);
    if (now === undefined) return alert;
    return { ...alert, annotations: now.annotations, value: Number.isFinite(now.value) ? now.value : alert.value };
  });
}
