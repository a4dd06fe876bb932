import {
  type AlertTrace,
  EMPTY_TRACE,
  type TraceDecision,
  type TracedTransition,
  withDecisions,
  withTransition,
} from "@sightline/shared/alerting/trace";
import type { ProjectPorts } from "./project-ports.ts";

type TracePorts = Pick<ProjectPorts, "database" | "now">;

/** Empty for an alert that nothing was recorded of. */
export function readTrace(ports: TracePorts, alertId: string): AlertTrace {
  const [row] = ports.database.all<{ body: string }>("SELECT body FROM trace WHERE alert_id = ?", alertId);
  // Bodies are what write() wrote.
  return row === undefined ? EMPTY_TRACE : (JSON.parse(row.body) as AlertTrace);
}

function write(ports: TracePorts, alertId: string, trace: AlertTrace): void {
  ports.database.run("INSERT OR REPLACE INTO trace (alert_id, body) VALUES (?, ?)", alertId, JSON.stringify(trace));
}

/**
 * Inside the transaction of what was decided. One row an alert holds its whole trace, bounded: the decisions of a flush
 * cost one write, however many stages took part.
 */
export function recordTrace(ports: TracePorts, alertId: string, decisions: readonly TraceDecision[]): void {
  if (decisions.length === 0) return;
  const before = readTrace(ports, alertId);
  const trace = withDecisions(before, decisions, ports.now());
  if (trace !== before) write(ports, alertId, trace);
}

/** Inside the transaction of the step. */
export function recordTransition(
  ports: TracePorts,
  alertId: string,
  transition: TracedTransition,
  decisions: readonly TraceDecision[] = [],
): void {
  write(ports, alertId, withDecisions(withTransition(readTrace(ports, alertId), transition), decisions, ports.now()));
}
