import { pruneAlerts } from "./alert-store.ts";
import { pruneIncidents } from "./incidents/incident-store.ts";
import { pruneOnsets } from "./incidents/onsets.ts";
import type { ProjectPorts } from "./project-ports.ts";

const PRUNE_EVERY_MS = 3_600_000;
/** A clock that was days behind when it was looked last may be ahead now: what it takes for over is forgotten when it has been there for a day. */
const LEAP_MS = 2 * 86_400_000;
const SETTLES_MS = 86_400_000;

/** Forgets what is over for long; looks once an hour, where something else wakes the object. */
export function prune(ports: ProjectPorts): void {
  const now = ports.now();
  const { database } = ports;
  const note = (name: string, at: number): void =>
    database.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, String(at));
  const { last, from } = marksOf(database);
  if (now >= last && now - last < PRUNE_EVERY_MS) return;
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

/** When the alarm is to look again after a leap, ms: nothing else may wake the object before days have gone by, which would be a leap again. */
export function nextPruneAt({ database, now }: ProjectPorts): number | null {
  const { last, from } = marksOf(database);
  return last < from && from <= now() + SETTLES_MS ? Math.max(from, last + PRUNE_EVERY_MS) : null;
}

/** When it was looked last, and from when on it is believed what the clock says after a leap, ms; -Infinity where there is none. */
function marksOf(database: ProjectPorts["database"]): { readonly last: number; readonly from: number } {
  const marks = database.all<{ name: string; value: string }>("SELECT name, value FROM settings WHERE name IN ('pruned_at', 'prune_from')");
  const mark = (name: string): number => marks.filter((one) => one.name === name).map(({ value }) => Number(value))[0] ?? -Infinity;
  return { last: mark("pruned_at"), from: mark("prune_from") };
}
