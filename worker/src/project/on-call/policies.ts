import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail } from "@sightline/shared/model/result";
import type { EscalationPolicy, Target } from "@sightline/shared/on-call/policy";
import { namedDocuments } from "../named-documents.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { listReceivers } from "../receivers.ts";
import { findUser } from "../users.ts";
import { findSchedule } from "./schedules.ts";

const documents = namedDocuments<EscalationPolicy>("escalation_policies", "an escalation policy");
export const { list: listPolicies, find: findPolicy, remove: deletePolicy } = documents;

function targetFault(ports: ProjectPorts, target: Target): string | null {
  if ("user" in target) return findUser(ports, target.user) === null ? `There is no user ${JSON.stringify(target.user)}.` : null;
  if ("schedule" in target)
    return findSchedule(ports, target.schedule) === null ? `There is no schedule ${JSON.stringify(target.schedule)}.` : null;
  return listReceivers(ports).some(({ name }) => name === target.receiver)
    ? null
    : `There is no receiver ${JSON.stringify(target.receiver)}.`;
}

/** Codes: `bad_request`. */
export function putPolicy(ports: ProjectPorts, by: Principal, policy: EscalationPolicy): Result<EscalationPolicy> {
  if (listReceivers(ports).some(({ name }) => name === policy.name))
    return fail("bad_request", `${JSON.stringify(policy.name)} is a receiver; routes could not tell them apart. Nothing was changed.`);
  const fault = policy.steps.flatMap(({ targets }) => targets.map((target) => targetFault(ports, target))).find((found) => found !== null);
  if (fault !== undefined) return fail("bad_request", `${fault} Nothing was changed.`);
  return documents.put(ports, by, policy, `${policy.steps.length} steps`);
}
