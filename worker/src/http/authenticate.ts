import type { Principal, Role } from "@sightline/shared/model/principal";
import type { Env } from "../env.ts";
import type { AuthenticatedToken } from "../objects/rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { noteAuthFailure } from "./auth-failure-series.ts";
import { type Credentials, readCredentials, sha256Hex } from "./credentials.ts";
import { HttpFailure } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";
import { refuseForged } from "./kept-password.ts";

const CACHE_MS = 5000;
const CACHE_ENTRIES = 4096;
/** Refusals of one wrong token a minute before the answer becomes 429. */
const FAILURES_PER_MINUTE = 60;

interface Lookup {
  readonly principal: Principal | null;
  readonly until: number;
}

const lookups = new Map<string, Lookup>();
/** Hashes of valid tokens: a sender shows the same one with every request, and hashing costs more than the rest of letting it in. */
const hashes = new Map<string, string>();
/** Projects that a valid token has named in this isolate. */
const known = new Set(["default"]);
const failures = new Map<string, { count: number; since: number }>();

function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= CACHE_ENTRIES) cache.clear();
  cache.set(key, value);
}

function refuse(key: string, now: number): HttpFailure {
  count("sightline_auth_failures_total");
  const seen = failures.get(key);
  if (seen === undefined || now - seen.since > 60_000) remember(failures, key, { count: 1, since: now });
  else if (++seen.count > FAILURES_PER_MINUTE) {
    const retryAfterMs = seen.since + 60_000 - now;
    return new HttpFailure("too_fast", "This token was refused too often in the last minute. Wait, then try with a valid one.", {
      retryAfterMs,
    });
  }
  return new HttpFailure(
    "unauthenticated",
    "This token is unknown, expired or revoked. Use a current one; for a local server it is in the file admin-token of its data directory.",
    { headers: { "www-authenticate": 'Bearer realm="sightline", error="invalid_token"' } },
  );
}

async function lookUp(env: Env, credentials: Credentials, hash: string): Promise<AuthenticatedToken | null> {
  if (credentials.project === "default" && env.ADMIN_TOKEN_SHA256 === hash) {
    return { principal: { project: "default", tokenId: "bootstrap", tokenName: "admin", role: "admin" }, expiresAt: null };
  }
  return projectStub(env, credentials.project).authenticate(hash);
}

const RETRY_NOTE_MS = 60_000;
let noteAgainAt = 0;

/** On a full disk that fails, and takes the object with it for a moment: then it is not tried again for a minute. */
async function noteUse(env: Env, project: string, tokenId: string, now: number): Promise<void> {
  if (now < noteAgainAt) return;
  try {
    await projectStub(env, project).noteTokenUse(tokenId);
  } catch {
    noteAgainAt = now + RETRY_NOTE_MS;
  }
}

/** A person who opens /docs in a browser is asked for the token as a password; a script's call must raise no such dialog. */
function challengeFor(request: Request): string {
  return (request.headers.get("accept") ?? "").includes("text/html")
    ? 'Basic realm="sightline", charset="UTF-8"'
    : 'Bearer realm="sightline"';
}

/** Where a request is answered: its bindings, its clock in ms, and work that may outlast the answer. */
export interface RequestSurroundings {
  readonly env: Env;
  readonly now: number;
  readonly background: (work: Promise<void>) => void;
}

/** Who the request is from. Looked-up tokens are kept for 5 s in this isolate, so a revoked one stops working within that; an expired one stops at once. */
export async function authenticate(request: Request, { env, now, background }: RequestSurroundings): Promise<Principal> {
  refuseForged(request, env.CORS_ORIGINS ?? "");
  const credentials = readCredentials(request);
  if (credentials === null) {
    count("sightline_auth_failures_total");
    throw new HttpFailure(
      "unauthenticated",
      "Send a token: Authorization: Bearer sl_<project>_<secret>. Only /healthz, /readyz and the page at / answer without one.",
      { headers: { "www-authenticate": challengeFor(request) } },
    );
  }
  if (credentials.kind === "ticket") {
    const principal = await projectStub(env, credentials.project).redeemTicket(credentials.secret);
    if (principal === null) {
      throw new HttpFailure("unauthenticated", "This ticket is unknown, used or older than 60 s. Ask POST /v1/live/ticket for a new one.");
    }
    return principal;
  }
  const hash = hashes.get(credentials.secret) ?? (await sha256Hex(credentials.secret));
  let lookup = lookups.get(hash);
  if (lookup === undefined || lookup.until <= now) {
    const found = await lookUp(env, credentials, hash);
    if (found?.useDue === true) background(noteUse(env, credentials.project, found.principal.tokenId, now));
    lookup = { principal: found?.principal ?? null, until: Math.min(now + CACHE_MS, found?.expiresAt ?? Infinity) };
    remember(lookups, hash, lookup);
  }
  if (lookup.principal === null) {
    const write = known.has(credentials.project) ? noteAuthFailure(env, credentials.project, now) : null;
    if (write !== null) background(write);
    throw refuse(hash, now);
  }
  if (!hashes.has(credentials.secret)) remember(hashes, credentials.secret, hash);
  if (known.size < CACHE_ENTRIES) known.add(credentials.project);
  return lookup.principal;
}

const RANK: Readonly<Record<Role, number>> = { ingest: 0, viewer: 1, editor: 2, admin: 3 };

/** `ingest` asks for the right to write samples: ingest, editor and admin tokens have it. Reading needs viewer or more. */
export function authorize(principal: Principal, needed: Role): void {
  const granted = needed === "ingest" ? principal.role !== "viewer" : principal.role !== "ingest" && RANK[principal.role] >= RANK[needed];
  if (granted) return;
  const asked = needed === "ingest" ? "writing samples needs a token of role ingest, editor or admin" : `this needs the role ${needed}`;
  throw new HttpFailure("forbidden", `The token "${principal.tokenName}" has the role ${principal.role}; ${asked}. Nothing was changed.`);
}
