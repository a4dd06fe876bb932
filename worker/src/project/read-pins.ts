import type { ProjectPorts } from "./project-ports.ts";

/** Selectors of the series that are pinned. */
export function readPins(ports: ProjectPorts): readonly string[] {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'pinned_series'");
  // Written by putPins.
  return row === undefined ? [] : (JSON.parse(row.value) as string[]);
}
