import type { ShardConfig } from "../objects/rpc.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { anomalyAnswers } from "./anomaly-answers.ts";
import { newestDeploys } from "./newest-deploys.ts";
import { listRuleGroups } from "./rule-groups.ts";
import { readPins } from "./read-pins.ts";
import { readShardMap } from "./shard-map.ts";
import { listSlos } from "./slos.ts";

/** Which version of rules, SLOs and the shard map each shard is known to have. */

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 300_000;

function setting(ports: ProjectPorts, name: string): string | null {
  return ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = ?", name)[0]?.value ?? null;
}

function configVersion(ports: ProjectPorts): number {
  return Number(setting(ports, "config_version") ?? "1");
}

/** Called inside the transaction that changes rules, SLOs, deploys, answers about anomalies, pins or the shard map: every shard is then due. */
export function bumpConfigVersion(ports: ProjectPorts): void {
  ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('config_version', ?)", String(configVersion(ports) + 1));
  ports.database.run("UPDATE shards SET attempts = 0, retry_at = ?", ports.now());
}

export function readShardConfig(ports: ProjectPorts): ShardConfig {
  return {
    version: configVersion(ports),
    groups: listRuleGroups(ports),
    slos: listSlos(ports),
    map: readShardMap(ports),
    deploys: newestDeploys(ports),
    anomalyAnswers: anomalyAnswers(ports),
    pins: readPins(ports),
  };
}

/** When a push is due, ms; null when every shard was told or asks by itself. */
export function nextPushAt(ports: ProjectPorts): number | null {
  return ports.database.all<{ at: number | null }>("SELECT min(retry_at) AS at FROM shards")[0]?.at ?? null;
}

/** Tells the shards that are due; one that cannot be reached is tried again later, and asks by itself when it wakes. */
export async function pushConfiguration(
  ports: ProjectPorts,
  configure: (shard: string, config: ShardConfig) => Promise<void>,
): Promise<void> {
  const due = ports.database.all<{ name: string; attempts: number }>("SELECT name, attempts FROM shards WHERE retry_at <= ?", ports.now());
  if (due.length === 0) return;
  const config = readShardConfig(ports);
  await Promise.all(
    due.map(async ({ name, attempts }) => {
      try {
        await configure(name, config);
        // A change made during the push leaves the shard due.
        const stillDue = configVersion(ports) === config.version ? null : ports.now();
        ports.database.run(
          "UPDATE shards SET config_version = ?, attempts = 0, retry_at = ? WHERE name = ?",
          config.version,
          stillDue,
          name,
        );
      } catch {
        const wait = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** attempts);
        ports.database.run("UPDATE shards SET attempts = ?, retry_at = ? WHERE name = ?", attempts + 1, ports.now() + wait, name);
      }
    }),
  );
}
