import type { Principal } from "@sightline/shared/model/principal";
import { type ProjectPorts, base64url } from "./project-ports.ts";

const VALID_MS = 60_000;

/** For one WebSocket of a client that cannot send a header: kept as a hash, gone when used. */
export function issueTicket(ports: ProjectPorts, principal: Principal): string {
  const ticket = `tk_${ports.project}_${base64url(ports.randomBytes(24))}`;
  const now = ports.now();
  ports.database.transaction(() => {
    ports.database.run("DELETE FROM tickets WHERE expires_at <= ?", now);
    ports.database.run(
      "INSERT INTO tickets (hash, principal, expires_at) VALUES (?, ?, ?)",
      ports.sha256(ticket),
      JSON.stringify(principal),
      now + VALID_MS,
    );
  });
  return ticket;
}

/** Null when unknown, used or expired. */
export function redeemTicket(ports: ProjectPorts, ticket: string): Principal | null {
  const hash = ports.sha256(ticket);
  return ports.database.transaction(() => {
    const [row] = ports.database.all<{ principal: string; expires_at: number }>(
      "SELECT principal, expires_at FROM tickets WHERE hash = ?",
      hash,
    );
    if (row === undefined) return null;
    ports.database.run("DELETE FROM tickets WHERE hash = ?", hash);
    return row.expires_at > ports.now() ? (JSON.parse(row.principal) as Principal) : null;
  });
}
