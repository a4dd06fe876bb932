import { ONSET_MS } from "@sightline/shared/alerting/incidents";
import { parseAlert } from "../alert-store.ts";
import { tellEditor } from "../announce.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { joinIncident, settle } from "./correlate.ts";
import { reconsider } from "./incident-cause.ts";
import { listIncidents } from "./incident-store.ts";
import { Membership } from "./membership.ts";
import { rejudgeSuppressed } from "./suppression.ts";
import { readTopology } from "./topology-store.ts";

const MAX_ALONE = 1000;
const MAX_INCIDENTS = 100;

/**
 * Inside the transaction that changed what is known of the topology or of deploys: alerts that began a moment ago may
 * belong together after all, causes may be others, and other alerts may be held.
 */
export function lookAgain(ports: ProjectPorts): void {
  const topology = readTopology(ports);
  const membership = new Membership(ports);
  const alone = ports.database
    .all<{ body: string }>(
      `SELECT a.body FROM alerts a WHERE a.state IN ('firing', 'acknowledged') AND a.fired_at >= ?
       AND NOT EXISTS (SELECT 1 FROM incident_alerts i WHERE i.alert_id = a.id) ORDER BY a.fired_at LIMIT ?`,
      ports.now() - ONSET_MS,
      MAX_ALONE,
    )
    .map(parseAlert);
  for (const alert of alone) if (!membership.moved.has(alert.id)) joinIncident(ports, alert, topology, membership);
  const news = settle(ports, topology, membership, []);
  if (news.length > 0)
    tellEditor(
      ports,
      news.map(({ alert }) => ({ alert, previous: alert.state, kind: "changed" })),
    );
  for (const { id } of listIncidents(ports, { state: "open", limit: MAX_INCIDENTS })) reconsider(ports, topology, id, []);
  rejudgeSuppressed(ports);
}
