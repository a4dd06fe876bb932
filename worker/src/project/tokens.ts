import type { Principal, Role, TokenInfo, User } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { AuthenticatedToken, NewToken } from "../objects/rpc.ts";
import { recordAudit } from "./audit-log.ts";
import { type ProjectPorts, base64url, newId } from "./project-ports.ts";
import { findUser } from "./users.ts";

/** Last use is remembered to the minute: a row written per request would cost more than the answer is worth. */
const LAST_USED_RESOLUTION_MS = 60_000;

type TokenRow = {
  id: string;
  name: string;
  role: string;
  user_id: string | null;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
};

/** A token of 256 random bits; what is stored is its SHA-256. Codes: `not_found` (user). */
export function createToken(
  ports: ProjectPorts,
  by: Principal,
  request: NewToken,
): Result<{ readonly id: string; readonly token: string }> {
  const { database, now } = ports;
  if (request.user !== undefined && findUser(ports, request.user) === null) {
    return fail("not_found", `There is no user ${JSON.stringify(request.user)}. No token was made; PUT /v1/users/${request.user} first.`);
  }
  const id = newId(ports);
  const token = `sl_${ports.project}_${base64url(ports.randomBytes(32))}`;
  const createdAt = now();
  database.transaction(() => {
    database.run(
      "INSERT INTO tokens (id, hash, name, role, user_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      id,
      ports.sha256(token),
      request.name,
      request.role,
      request.user ?? null,
      createdAt,
      request.expiresInMs === undefined ? null : createdAt + request.expiresInMs,
    );
    recordAudit(ports, by, "token.create", `${request.role} token "${request.name}" (${id})`);
  });
  return ok({ id, token });
}

export function authenticate(ports: ProjectPorts, hash: string): AuthenticatedToken | null {
  const { database } = ports;
  const now = ports.now();
  const [row] = database.all<TokenRow>(
    "SELECT id, name, role, user_id, created_at, expires_at, last_used_at FROM tokens WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)",
    hash,
    now,
  );
  if (row === undefined) return null;
  const user: User | null = row.user_id === null ? null : findUser(ports, row.user_id);
  // The column holds only what createToken wrote.
  const principal: Principal = { project: ports.project, tokenId: row.id, tokenName: row.name, role: row.role as Role };
  return {
    principal: user === null ? principal : { ...principal, userId: user.id, userName: user.name },
    expiresAt: row.expires_at,
    useDue: row.last_used_at === null || now - row.last_used_at >= LAST_USED_RESOLUTION_MS,
  };
}

export function noteTokenUse(ports: ProjectPorts, id: string): void {
  ports.database.run("UPDATE tokens SET last_used_at = ? WHERE id = ?", ports.now(), id);
}

export function listTokens(ports: ProjectPorts): readonly TokenInfo[] {
  return ports.database
    .all<TokenRow>("SELECT id, name, role, user_id, created_at, expires_at, last_used_at FROM tokens ORDER BY created_at, id")
    .map((row) => ({
      id: row.id,
      name: row.name,
      role: row.role as Role,
      user: row.user_id,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
    }));
}

/** Codes: `not_found`. */
export function revokeToken(ports: ProjectPorts, by: Principal, id: string): Result<null> {
  const { database } = ports;
  const [row] = database.all<{ name: string }>("SELECT name FROM tokens WHERE id = ?", id);
  if (row === undefined) return fail("not_found", `There is no token with id ${JSON.stringify(id)}; GET /v1/tokens lists them.`);
  database.transaction(() => {
    database.run("DELETE FROM tokens WHERE id = ?", id);
    recordAudit(ports, by, "token.revoke", `token "${row.name}" (${id})`);
  });
  return ok(null);
}
