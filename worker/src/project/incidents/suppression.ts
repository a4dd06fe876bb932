import { Suppression } from "@sightline/shared/alerting/suppression";
import type { RoutedAlert } from "../../alerting/routed-alert.ts";
import { touchHeld } from "../alert-groups.ts";
import type { StoredAlert } from "../alert-lifecycle.ts";
import { parseAlert } from "../alert-store.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { type Routing, readRouting } from "../routing.ts";
import { readTopology, topologyState } from "./topology-store.ts";

const MAX_CAUSES = 10_000;

/** Open alerts that may say that something is down; what they say exactly is `meansDown`'s to judge. */
function possibleCauses(ports: ProjectPorts): readonly StoredAlert[] {
  return ports.database
    .all<{ body: string }>(
      `SELECT body FROM alerts WHERE state IN ('firing', 'acknowledged') AND (instr(body, '"means":"down"') > 0
       OR ltrim(json_extract(body, '$.condition'), char(9, 10, 13, 32)) GLOB 'up*'
       OR ltrim(json_extract(body, '$.condition'), char(9, 10, 13, 32)) GLOB 'absent*') LIMIT ?`,
      MAX_CAUSES,
    )
    .map(parseAlert);
}

const which = ({ id }: { readonly id: string }): string => `alert ${id}`;

/** For the topology's stage; looked up when the first alert is judged. Undefined where suppression is switched off. */
export function suppressorsOf(ports: ProjectPorts): ((alert: RoutedAlert) => string | null) | undefined {
  if (!topologyState(ports).suppression) return undefined;
  let suppression: Suppression | null = null;
  return (alert) => {
    suppression ??= new Suppression(readTopology(ports), possibleCauses(ports));
    const found = suppression.suppressor(alert);
    return found === null ? null : `${found.reason} (${which(found.cause)})`;
  };
}

/** Inside the transaction in which alerts ended: what they held may be told now. */
export const releaseSuppressed = (ports: ProjectPorts, routing: Routing): void => touchHeld(ports, routing, "topology");

/** Inside a transaction: other things may be held now than were. */
export const rejudgeSuppressed = (ports: ProjectPorts): void => touchHeld(ports, readRouting(ports), "topology");
