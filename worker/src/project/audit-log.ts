import type { Principal } from "@sightline/shared/model/principal";
import type { ProjectPorts } from "./project-ports.ts";

export interface AuditEntry {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly detail: string;
  /** SHA-256 of the previous entry's hash and this entry: an entry changed or cut out later breaks every hash after it. */
  readonly hash: string;
}

/** How people and machines are named wherever an action is remembered. */
export const actorOf = (by: Principal): string => by.userName ?? by.tokenName;

const chain = (ports: ProjectPorts, previous: string, entry: Omit<AuditEntry, "hash">): string =>
  ports.sha256(JSON.stringify([previous, entry.at, entry.actor, entry.action, entry.detail]));

/** Called inside the transaction of the change it records. */
export function recordAudit(ports: ProjectPorts, by: Principal, action: string, detail: string): void {
  const previous = ports.database.all<{ hash: string }>("SELECT hash FROM audit ORDER BY id DESC LIMIT 1")[0]?.hash ?? "";
  const entry = { at: ports.now(), actor: actorOf(by), action, detail };
  ports.database.run(
    "INSERT INTO audit (at, actor, action, detail, hash) VALUES (?, ?, ?, ?, ?)",
    entry.at,
    entry.actor,
    entry.action,
    entry.detail,
    chain(ports, previous, entry),
  );
}

/** Newest first. */
export function readAudit(ports: ProjectPorts, limit: number): readonly AuditEntry[] {
  return ports.database
    .all<{ at: number; actor: string; action: string; detail: string; hash: string }>(
      "SELECT at, actor, action, detail, hash FROM audit ORDER BY id DESC LIMIT ?",
      limit,
    )
    .map((row) => ({ ...row }));
}

/** True while no entry was changed or cut out of the middle. */
export function auditIsIntact(ports: ProjectPorts): boolean {
  let previous = "";
  const rows = ports.database.all<{ at: number; actor: string; action: string; detail: string; hash: string }>(
    "SELECT at, actor, action, detail, hash FROM audit ORDER BY id",
  );
  for (const row of rows) {
    if (chain(ports, previous, row) !== row.hash) return false;
    previous = row.hash;
  }
  return true;
}
