import type { Principal, User } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { OutboundPolicy } from "../alerting/outbound-address.ts";
import { recordAudit } from "./audit-log.ts";
import { contactFault } from "./on-call/contact-integration.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { openJson, sealJson } from "./sealed-json.ts";

// Bodies are what putUser wrote.
const parse = (body: string): User => openJson(body) as User;

export function findUser(ports: ProjectPorts, id: string): User | null {
  const [row] = ports.database.all<{ body: string }>("SELECT body FROM users WHERE id = ?", id);
  return row === undefined ? null : parse(row.body);
}

export function listUsers(ports: ProjectPorts): readonly User[] {
  return ports.database.all<{ body: string }>("SELECT body FROM users ORDER BY id").map((row) => parse(row.body));
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** `policy`: where contacts may lead. Codes: `bad_request`. */
export function putUser(ports: ProjectPorts, by: Principal, user: User, policy: OutboundPolicy): Result<User> {
  if (!/^[\w.@-]{1,128}$/.test(user.id)) return fail("bad_request", "A user's id takes letters, digits and any of _ . @ - only.");
  if (!isTimeZone(user.timeZone))
    return fail("bad_request", `${JSON.stringify(user.timeZone)} is not an IANA time zone; write it as Europe/Rome. Nothing was changed.`);
  for (const contact of user.contacts) {
    const fault = contactFault(contact, policy);
    if (fault !== null) return fail("bad_request", `The contact ${contact.kind}: ${fault} Nothing was changed.`);
  }
  ports.database.transaction(() => {
    ports.database.run("INSERT OR REPLACE INTO users (id, body) VALUES (?, ?)", user.id, sealJson(user));
    recordAudit(ports, by, "user.put", `user ${user.id} (${user.name})`);
  });
  return ok(user);
}

/** Tokens of the user go with them. Codes: `not_found`. */
export function deleteUser(ports: ProjectPorts, by: Principal, id: string): Result<null> {
  if (findUser(ports, id) === null) return fail("not_found", `There is no user ${JSON.stringify(id)}.`);
  ports.database.transaction(() => {
    ports.database.run("DELETE FROM users WHERE id = ?", id);
    ports.database.run("DELETE FROM tokens WHERE user_id = ?", id);
    recordAudit(ports, by, "user.delete", `user ${id} and their tokens`);
  });
  return ok(null);
}
