import { type Integration, type Receiver, type WebhookIntegration, withSecretsOf } from "@sightline/shared/alerting/receiver";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { forgetChannels } from "../alerting/channels.ts";
import { EDITOR } from "../alerting/notification.ts";
import type { OutboundPolicy } from "../alerting/outbound-address.ts";
import { forgetMessages, hastenReceiver } from "../alerting/outbox.ts";
import { headerFault } from "../alerting/receivers/header-values.ts";
import { kindOf } from "../alerting/receivers/kinds.ts";
import { addressRefusal } from "../alerting/receivers/send.ts";
import { checkTemplate } from "../alerting/templates/template-set.ts";
import { recordAudit } from "./audit-log.ts";
import { notificationDefinitions } from "./notification-templates.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { openJson, sealJson } from "./sealed-json.ts";

const MAX_RECEIVERS = 200;
const MAX_INTEGRATIONS = 20;
const TEMPLATED = ["title", "text", "html", "subject"] as const;

/** Receivers were one webhook each before they had integrations. */
function receiverOf(body: string): Receiver {
  const stored = openJson(body) as Receiver | ({ readonly name: string } & Omit<WebhookIntegration, "type">);
  if ("integrations" in stored) return stored;
  const { name, ...webhook } = stored;
  return { name, integrations: [{ type: "webhook", ...webhook }] };
}

export function listReceivers(ports: ProjectPorts): readonly Receiver[] {
  return ports.database.all<{ body: string }>("SELECT body FROM receivers ORDER BY name").map(({ body }) => receiverOf(body));
}

export function findReceiver(ports: ProjectPorts, name: string): Receiver | null {
  const [row] = ports.database.all<{ body: string }>("SELECT body FROM receivers WHERE name = ?", name);
  return row === undefined ? null : receiverOf(row.body);
}

/** What is wrong with one integration, in a sentence; null when nothing is. */
function faultOf(ports: ProjectPorts, integration: Integration, policy: OutboundPolicy): string | null {
  const fault = kindOf(integration.type).faultOf(integration);
  if (fault !== null) return `${fault}.`;
  const header = headerFault(integration);
  if (header !== null) return header;
  const refusal = addressRefusal(integration, policy);
  if (refusal !== null) return refusal;
  const texts: Readonly<Record<string, unknown>> = { ...integration };
  for (const field of TEMPLATED) {
    const text = texts[field];
    if (typeof text !== "string") continue;
    const checked = checkTemplate(text, notificationDefinitions(ports), `its ${field}`);
    if (!checked.ok) return checked.error.message.replace(" Nothing was changed.", "");
  }
  return null;
}

/** Whether a receiver may be put, without putting it; secrets that it leaves out are kept. Codes: `bad_request`, `too_many_receivers`. */
function checkReceiver(ports: ProjectPorts, receiver: Receiver, policy: OutboundPolicy): Result<Receiver> {
  const { name } = receiver;
  if (!/^[\w.-]{1,128}$/.test(name) || name === EDITOR) {
    return fail("bad_request", `A receiver's name takes letters, digits and any of _ . - and is not "${EDITOR}". Nothing was changed.`);
  }
  if (receiver.integrations.length > MAX_INTEGRATIONS)
    return fail("bad_request", `A receiver has at most ${MAX_INTEGRATIONS} integrations. Nothing was changed.`);
  const before = findReceiver(ports, name);
  const [{ count } = { count: 0 }] = ports.database.all<{ count: number }>("SELECT count(*) AS count FROM receivers");
  if (before === null && count >= MAX_RECEIVERS)
    return fail("too_many_receivers", `A project has at most ${MAX_RECEIVERS} receivers. Nothing was changed; delete one first.`);
  if (ports.database.all("SELECT 1 FROM escalation_policies WHERE name = ?", name).length > 0)
    return fail("bad_request", `${JSON.stringify(name)} is an escalation policy; routes could not tell them apart. Nothing was changed.`);
  const integrations: Integration[] = [];
  for (const [index, given] of receiver.integrations.entries()) {
    const where = receiver.integrations.length === 1 ? `The ${given.type} integration` : `Integration ${index + 1} (${given.type})`;
    const whole = withSecretsOf(given, before?.integrations[index]);
    if (!whole.ok) return fail("bad_request", `${where}: ${whole.error.message} Nothing was changed.`);
    const integration = whole.value;
    const fault = faultOf(ports, integration, policy);
    if (fault !== null) return fail("bad_request", `${where}: ${fault} Nothing was changed.`);
    integrations.push(integration);
  }
  return ok({ name, integrations });
}

/** What waited because the receiver failed is tried at once under the new settings. Codes: those of `checkReceiver`. */
export function putReceiver(ports: ProjectPorts, by: Principal, receiver: Receiver, policy: OutboundPolicy): Result<Receiver> {
  const checked = checkReceiver(ports, receiver, policy);
  if (!checked.ok) return checked;
  const { database } = ports;
  const { name, integrations } = checked.value;
  database.transaction(() => {
    database.run("INSERT OR REPLACE INTO receivers (name, body) VALUES (?, ?)", name, sealJson(checked.value));
    forgetChannels(database, name);
    hastenReceiver(database, name, ports.now());
    recordAudit(ports, by, "receiver.put", `${name}: ${integrations.map(placeOf).join(", ") || "nothing"}`);
  });
  return checked;
}

/** Its kind and the host it goes to, which is no secret. */
function placeOf(integration: Integration): string {
  const [url = ""] = kindOf(integration.type).reaches(integration);
  return `${integration.type} to ${URL.canParse(url) ? new URL(url).host : url}`;
}

/** What waits for it goes with it. Codes: `not_found`. */
export function deleteReceiver(ports: ProjectPorts, by: Principal, name: string): Result<null> {
  if (findReceiver(ports, name) === null) return fail("not_found", `There is no receiver ${JSON.stringify(name)}.`);
  const { database } = ports;
  database.transaction(() => {
    database.run("DELETE FROM receivers WHERE name = ?", name);
    const gone = forgetMessages(database, name);
    forgetChannels(database, name);
    recordAudit(ports, by, "receiver.delete", gone === 0 ? name : `${name}, with ${gone} messages that waited for it`);
  });
  return ok(null);
}
