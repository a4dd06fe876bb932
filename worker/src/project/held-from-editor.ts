import type { HoldingStage } from "@sightline/shared/model/alert";
import type { ProjectPorts } from "./project-ports.ts";

/** Which firing alerts a stage holds from the editor, and when each is judged again; what is told has no row. */
type Ports = Pick<ProjectPorts, "database" | "now">;

/** Inside a transaction: `againAt` in ms, null while only an event can let it go. */
export function holdFromEditor(ports: Ports, alertId: string, stage: HoldingStage, againAt: number | null): void {
  ports.database.run("INSERT OR REPLACE INTO held_from_editor (alert_id, stage, again_at) VALUES (?, ?, ?)", alertId, stage, againAt);
}

export function letGoForEditor(ports: Ports, alertId: string): void {
  ports.database.run("DELETE FROM held_from_editor WHERE alert_id = ?", alertId);
}

/** Inside a transaction: what the stage holds (null: what any stage holds) is judged again, for it may have let go. */
export function touchHeldFromEditor(ports: Ports, stage: HoldingStage | null): void {
  const all = "UPDATE held_from_editor SET again_at = ?";
  if (stage === null) ports.database.run(all, ports.now());
  else ports.database.run(`${all} WHERE stage = ?`, ports.now(), stage);
}

/** Ids, the longest due first. */
export const dueForEditor = (ports: Ports, limit: number): readonly string[] =>
  ports.database
    .all<{ alert_id: string }>("SELECT alert_id FROM held_from_editor WHERE again_at <= ? ORDER BY again_at LIMIT ?", ports.now(), limit)
    .map((row) => row.alert_id);

export function nextForEditorAt(ports: Ports): number | null {
  const [row] = ports.database.all<{ at: number | null }>("SELECT min(again_at) AS at FROM held_from_editor WHERE again_at IS NOT NULL");
  return row?.at ?? null;
}
