import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { compileMatcher, matchesLabels } from "@sightline/shared/promql/matchers";
import { matchersOf } from "../alerting/silence-matching.ts";
import type { Silence } from "../objects/rpc.ts";
import { actorOf, recordAudit } from "./audit-log.ts";
import { type ProjectPorts, newId } from "./project-ports.ts";

/** Those in force or to come. */
export function listSilences(ports: ProjectPorts): readonly Silence[] {
  return ports.database
    .all<{ body: string }>("SELECT body FROM silences WHERE ends_at > ? ORDER BY ends_at", ports.now())
    .map((row) => JSON.parse(row.body) as Silence);
}

/** Inside a transaction. Codes: `bad_request`. */
export function createSilence(ports: ProjectPorts, by: Principal, request: SilenceRequest): Result<Silence> {
  const now = ports.now();
  const startsAt = request.startsAt ?? now;
  if (request.endsAt <= Math.max(startsAt, now))
    return fail("bad_request", "A silence must end after it starts and after now. Nothing was silenced.");
  const silence: Silence = { ...request, startsAt, id: newId(ports), createdBy: actorOf(by) };
  const matchers = matchersOf(silence);
  for (const matcher of matchers) {
    const compiled = compileMatcher(matcher);
    if (!compiled.ok)
      return fail("bad_request", `The matcher on ${matcher.name} does not compile: ${compiled.error.message}. Nothing was silenced.`);
  }
  // As in Alertmanager: a silence must name something that an alert has.
  if (matchesLabels(matchers, {}))
    return fail("bad_request", "These matchers match an alert without any labels, so they would silence everything. Nothing was silenced.");
  ports.database.run(
    "INSERT INTO silences (id, starts_at, ends_at, body) VALUES (?, ?, ?, ?)",
    silence.id,
    startsAt,
    request.endsAt,
    JSON.stringify(silence),
  );
  const shown = matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(", ");
  recordAudit(ports, by, "silence.create", `${silence.id} on ${shown} until ${new Date(request.endsAt).toISOString()}`);
  return ok(silence);
}

/** Inside a transaction. Codes: `not_found`. */
export function endSilence(ports: ProjectPorts, by: Principal, id: string): Result<null> {
  if (!listSilences(ports).some((silence) => silence.id === id)) {
    return fail("not_found", `There is no silence ${JSON.stringify(id)} in force; GET /v1/silences lists them.`);
  }
  ports.database.run("DELETE FROM silences WHERE id = ?", id);
  recordAudit(ports, by, "silence.end", id);
  return ok(null);
}

/** When the next silence begins or ends, ms; in the past for one that ended and was not swept yet. */
export function nextSilenceChangeAt(ports: ProjectPorts): number | null {
  const now = ports.now();
  const [row] = ports.database.all<{ at: number | null }>(
    "SELECT min(CASE WHEN starts_at > ? THEN starts_at ELSE ends_at END) AS at FROM silences",
    now,
  );
  return row?.at ?? null;
}

/** Takes the ended ones away; returns how many. */
export function sweepSilences(ports: ProjectPorts): number {
  const ended = ports.database.all<{ id: string }>("SELECT id FROM silences WHERE ends_at <= ?", ports.now());
  for (const { id } of ended) ports.database.run("DELETE FROM silences WHERE id = ?", id);
  return ended.length;
}
