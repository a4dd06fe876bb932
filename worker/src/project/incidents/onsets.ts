import { relatingThings } from "@sightline/shared/alerting/incidents";
import { type Topology, subjectOf } from "@sightline/shared/alerting/topology";
import type { StoredAlert } from "../alert-lifecycle.ts";
import type { ProjectPorts } from "../project-ports.ts";

/** Names that stand on an alert's own and are looked for, at most. */
const MAX_NEIGHBOURS = 300;
const MAX_CANDIDATES = 10;
/** Longer than an incident waits for its next alert. */
const KEEP_MS = 3_600_000;

const aboutThings = ({ labels }: StoredAlert): readonly string[] => relatingThings(labels).map(([kind, name]) => `${kind}=${name}`);

/** What the alert is about, as others depend on it. */
function ownNames({ labels }: StoredAlert): readonly string[] {
  const { host, isHost, names } = subjectOf(labels);
  return isHost && host !== undefined ? [host, ...names] : names;
}

function neighbours(alert: StoredAlert, topology: Topology): readonly string[] {
  const { service } = subjectOf(alert.labels);
  const found = new Set(service === undefined ? [] : topology.reach(service).keys());
  for (const name of ownNames(alert)) for (const dependent of topology.dependents(name)) found.add(dependent);
  return [...found].slice(0, MAX_NEIGHBOURS);
}

/**
 * Inside a transaction: the newest alert about each thing that this one may be related to, those with equal labels
 * first. One look by index, however many alerts there are.
 */
export function relatedAlerts(ports: ProjectPorts, alert: StoredAlert, topology: Topology): readonly string[] {
  const keys = [...aboutThings(alert), ...neighbours(alert, topology).map((name) => `@${name}`)];
  if (keys.length === 0) return [];
  const rows = ports.database.all<{ key: string; alert_id: string }>(
    "SELECT key, alert_id FROM onsets WHERE key IN (SELECT value FROM json_each(?))",
    JSON.stringify(keys),
  );
  const byKey = new Map(rows.map(({ key, alert_id }) => [key, alert_id]));
  const ids = new Set(keys.flatMap((key) => byKey.get(key) ?? []));
  ids.delete(alert.id);
  return [...ids].slice(0, MAX_CANDIDATES);
}

/** Inside a transaction: later alerts find this one by what it is about. */
export function noteOnset(ports: ProjectPorts, alert: StoredAlert): void {
  const keys = [...aboutThings(alert), ...ownNames(alert).map((name) => `@${name}`)];
  if (keys.length === 0) return;
  ports.database.run(
    "INSERT OR REPLACE INTO onsets (key, alert_id, at) SELECT value, ?, ? FROM json_each(?)",
    alert.id,
    alert.firedAt ?? alert.activeAt,
    JSON.stringify(keys),
  );
}

export const pruneOnsets = (ports: ProjectPorts): void => ports.database.run("DELETE FROM onsets WHERE at < ?", ports.now() - KEEP_MS);
