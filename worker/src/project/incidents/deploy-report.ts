import type { NewDeploy } from "@sightline/shared/model/deploy";
import type { Principal } from "@sightline/shared/model/principal";
import type { ProjectPorts } from "../project-ports.ts";
import { recordDeploy } from "./deploys.ts";
import { lookAgain } from "./look-again.ts";
import { learnFromDeploy } from "./topology-store.ts";

/** Keeps a deploy with what follows from it: what it stands on, and whether it is behind an incident. Codes: `bad_request`. */
export function reportDeploy(ports: ProjectPorts, by: Principal, told: NewDeploy): ReturnType<typeof recordDeploy> {
  return ports.database.transaction(() => {
    const recorded = recordDeploy(ports, by, told);
    if (recorded.ok && recorded.value.created) {
      learnFromDeploy(ports, recorded.value.deploy);
      lookAgain(ports);
    }
    return recorded;
  });
}
