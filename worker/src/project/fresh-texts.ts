import type { AlertTransition } from "@sightline/shared/model/alert";
import { alertIdOf } from "./alert-lifecycle.ts";
import { findAlert, saveAlert } from "./alert-store.ts";
import { toldAgain } from "./alert-groups.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readShardMap } from "./shard-map.ts";

/** What a shard says now of those of these fingerprints that are open on it. */
export type AskActive = (shard: string, fingerprints: readonly string[]) => Promise<readonly AlertTransition[]>;

/** JSON has no other numbers. */
const valueOf = ({ value }: Pick<AlertTransition, "value">, otherwise: number): number => (Number.isFinite(value) ? value : otherwise);

/** Before groups are told again: their open alerts take over value and annotations of now. Of a shard that does not answer those of before are told. */
export async function freshenDue(ports: ProjectPorts, ask: AskActive): Promise<void> {
  const fingerprints = toldAgain(ports);
  if (fingerprints.length === 0) return;
  const answers = await Promise.allSettled(readShardMap(ports).shards.map((shard) => ask(shard, fingerprints)));
  const active = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  ports.database.transaction(() => {
    for (const now of active) {
      const alert = findAlert(ports, alertIdOf(now));
      if (alert === null || alert.state === "resolved") continue;
      const value = valueOf(now, alert.value);
      if (value === alert.value && JSON.stringify(now.annotations) === JSON.stringify(alert.annotations)) continue;
      saveAlert(ports, { ...alert, value, annotations: now.annotations });
    }
  });
}
