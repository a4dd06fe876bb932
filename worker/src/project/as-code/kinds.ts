import type { DocumentKind, DocumentOf } from "@sightline/shared/as-code/documents";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";
import { deletePolicy, findPolicy, putPolicy } from "../on-call/policies.ts";
import { deleteSchedule, findSchedule, putSchedule } from "../on-call/schedules.ts";
import { putRuleGroup, removeRuleGroup, removeSlo, storeSlo } from "../project-core.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { listRuleGroups } from "../rule-groups.ts";
import { listSlos } from "../slos.ts";
import { deleteUser, findUser, putUser } from "../users.ts";

export interface KindOf<Document> {
  /** As people may see it, null when there is none of this name. */
  readonly shown: (ports: ProjectPorts, name: string) => unknown;
  readonly put: (ports: ProjectPorts, by: Principal, document: Document) => Result<unknown>;
  readonly remove: (ports: ProjectPorts, by: Principal, name: string) => Result<null>;
}

/** In the order in which they are put: what is named stands before what names it. Removed in the opposite order. */
export const KINDS: { readonly [K in DocumentKind]: KindOf<DocumentOf[K]> } = {
  user: { shown: findUser, put: putUser, remove: deleteUser },
  schedule: {
    // Stand-ins are arranged from day to day, not in files.
    shown: (ports, name) => findSchedule(ports, name)?.layers ?? null,
    put: (ports, by, schedule) =>
      putSchedule(ports, by, { ...schedule, overrides: schedule.overrides ?? findSchedule(ports, schedule.name)?.overrides ?? [] }),
    remove: deleteSchedule,
  },
  policy: { shown: findPolicy, put: putPolicy, remove: deletePolicy },
  rules: {
    shown: (ports, name) => listRuleGroups(ports).find((group) => group.name === name) ?? null,
    put: putRuleGroup,
    remove: removeRuleGroup,
  },
  slo: { shown: (ports, id) => listSlos(ports).find((slo) => slo.id === id) ?? null, put: storeSlo, remove: removeSlo },
};
