import { pruneAlerts } from "./alert-store.ts";
import { pruneIncidents } from "./incidents/incident-store.ts";
import { pruneOnsets } from "./incidents/onsets.ts";
import type { ProjectPorts } from "./project-ports.ts";

const PRUNE_EVERY_MS = 3_600_000;

/** Forgets what is over for long; looks once an hour. */
export function prune(ports: ProjectPorts): void {
  const now = ports.now();
  const { database } = ports;
  const [last] = database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'pruned_at'");
  if (last !== undefined && now - Number(last.value) < PRUNE_EVERY_MS) return;
  database.transaction(() => {
    database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('pruned_at', ?)", String(now));
    pruneAlerts(ports);
    pruneIncidents(ports);
    pruneOnsets(ports);
  });
}
