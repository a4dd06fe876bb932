import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { EDITOR } from "../alerting/notification.ts";
import { type OutboundPolicy, refusalOf } from "../alerting/outbound-address.ts";
import type { WebhookReceiver } from "../objects/rpc.ts";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";

export function listReceivers(ports: ProjectPorts): readonly WebhookReceiver[] {
  return ports.database
    .all<{ body: string }>("SELECT body FROM receivers ORDER BY name")
    .map((row) => JSON.parse(row.body) as WebhookReceiver);
}

/** A put without a secret keeps the one there is, since it is never shown. Codes: `bad_request`. */
export function putReceiver(
  ports: ProjectPorts,
  by: Principal,
  receiver: WebhookReceiver,
  policy: OutboundPolicy,
): Result<WebhookReceiver> {
  if (!/^[\w.-]{1,128}$/.test(receiver.name) || receiver.name === EDITOR) {
    return fail("bad_request", `A receiver's name takes letters, digits and any of _ . - and is not "${EDITOR}". Nothing was changed.`);
  }
  const refusal = refusalOf(receiver.url, policy);
  if (refusal !== null) return fail("bad_request", `${refusal} Nothing was changed.`);
  const before = listReceivers(ports).find(({ name }) => name === receiver.name);
  const secret = receiver.secret ?? before?.secret;
  const kept: WebhookReceiver = secret === undefined ? receiver : { ...receiver, secret };
  ports.database.transaction(() => {
    ports.database.run("INSERT OR REPLACE INTO receivers (name, body) VALUES (?, ?)", kept.name, JSON.stringify(kept));
    recordAudit(ports, by, "receiver.put", `webhook ${kept.name} to ${new URL(kept.url).host}`);
  });
  return ok(kept);
}

/** Codes: `not_found`. */
export function deleteReceiver(ports: ProjectPorts, by: Principal, name: string): Result<null> {
  if (!listReceivers(ports).some((receiver) => receiver.name === name))
    return fail("not_found", `There is no receiver ${JSON.stringify(name)}.`);
  ports.database.transaction(() => {
    ports.database.run("DELETE FROM receivers WHERE name = ?", name);
    recordAudit(ports, by, "receiver.delete", `webhook ${name}`);
  });
  return ok(null);
}
