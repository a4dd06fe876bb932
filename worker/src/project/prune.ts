import { pruneAlerts } from "./alert-store.ts";
import { pruneIncidents } from "./incidents/incident-store.ts";
import { pruneOnsets } from "./incidents/onsets.ts";
import type { ProjectPorts } from "./project-ports.ts";

const PRUNE_EVERY_MS = 3_600_000;
/** A clock that was days behind when it was looked last may be ahead now: what it takes for over is forgotten when it has been there for a day. */
const LEAP_MS = 2 * 86_400_000;
const SETTLES_MS = 86_400_000;

/** Forgets what is over for long; looks once an hour. */
export function prune(ports: ProjectPorts): void {
  const now = ports.now();
  const { database } = ports;
  const marks = database.all<{ name: string; value: string }>("SELECT name, value FROM settings WHERE name IN ('pruned_at', 'prune_from')");
  const mark = (name: string): number | undefined => marks.filter((one) => one.name === name).map(({ value }) => Number(value))[0];
  const note = (name: string, at: number): void =>
    database.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, String(at));
  const last = mark("pruned_at") ?? -Infinity;
  if (now >= last && now - last < PRUNE_EVERY_MS) return;
  const from = mark("prune_from") ?? -Infinity;
  database.transaction(() => {
    note("pruned_at", now);
    if (last > -Infinity && now - last > LEAP_MS) return note("prune_from", now + SETTLES_MS);
    // One that lies farther ahead is of a clock that was put right.
    if (now < from && from <= now + SETTLES_MS) return;
    pruneAlerts(ports);
    pruneIncidents(ports);
    pruneOnsets(ports);
  });
}
