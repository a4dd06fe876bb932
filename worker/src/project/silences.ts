import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { compileMatcher, matchesLabels } from "@sightline/shared/promql/matchers";
import { matchersOf } from "../alerting/silence-matching.ts";
import type { Silence } from "../objects/rpc.ts";
import { actorOf, recordAudit } from "./audit-log.ts";
import { type ProjectPorts, newUuid } from "./project-ports.ts";
import { openJson, sealJson } from "./sealed-json.ts";

/** A silence that ended is shown for as long as Alertmanager shows it. */
const KEEP_ENDED_MS = 5 * 86_400_000;
const MAX_SILENCES = 1000;
const LATEST_WARNING_MS = 30 * 60_000;

/** `warned`: in force, and whoever made it was told that it ends soon. */
type SilencePhase = "pending" | "active" | "warned" | "ended";

export interface StoredSilence {
  readonly silence: Silence;
  readonly phase: SilencePhase;
}

type SilenceRow = { body: string; phase: SilencePhase };
const storedOf = ({ body, phase }: SilenceRow): StoredSilence => ({ silence: openJson(body) as Silence, phase });

/** Those in force or to come. */
export function listSilences(ports: ProjectPorts): readonly Silence[] {
  return ports.database
    .all<SilenceRow>("SELECT body, phase FROM silences WHERE ends_at > ? ORDER BY ends_at", ports.now())
    .map((row) => storedOf(row).silence);
}

/** Those that ended within the last five days, the newest first. */
export function endedSilences(ports: ProjectPorts): readonly Silence[] {
  return ports.database
    .all<SilenceRow>("SELECT body, phase FROM silences WHERE ends_at <= ? ORDER BY ends_at DESC", ports.now())
    .map((row) => storedOf(row).silence);
}

/** The one in force or to come that a file of configuration gave this name. */
export const silenceNamed = (ports: ProjectPorts, name: string): Silence | null =>
  listSilences(ports).find((silence) => silence.name === name) ?? null;

export function findSilence(ports: ProjectPorts, id: string): StoredSilence | null {
  const [row] = ports.database.all<SilenceRow>("SELECT body, phase FROM silences WHERE id = ?", id);
  return row === undefined ? null : storedOf(row);
}

/** A tenth of its length before the end, at most half an hour. */
const warnAt = ({ startsAt, endsAt }: Silence): number => endsAt - Math.min(LATEST_WARNING_MS, (endsAt - startsAt) / 10);

/** When a silence goes on to its next phase, ms; an ended one is forgotten then. */
function nextPhaseAt(silence: Silence, phase: SilencePhase): number {
  if (phase === "pending") return silence.startsAt;
  if (phase === "active") return Math.floor(warnAt(silence));
  return phase === "warned" ? silence.endsAt : silence.endsAt + KEEP_ENDED_MS;
}

export function saveSilence(ports: ProjectPorts, silence: Silence, phase: SilencePhase): void {
  ports.database.run(
    "INSERT OR REPLACE INTO silences (id, starts_at, ends_at, phase, next_at, body) VALUES (?, ?, ?, ?, ?, ?)",
    silence.id,
    silence.startsAt,
    silence.endsAt,
    phase,
    nextPhaseAt(silence, phase),
    sealJson(silence),
  );
}

const sameMatchers = (left: Pick<Silence, "matchers">, right: Pick<Silence, "matchers">): boolean => {
  const key = ({ matchers }: Pick<Silence, "matchers">): string =>
    matchers
      .map(({ name, value, isRegex, isEqual }) => JSON.stringify([name, value, isRegex, isEqual]))
      .toSorted()
      .join();
  return key(left) === key(right);
};

function faultOf(matchers: ReturnType<typeof matchersOf>): string | null {
  for (const matcher of matchers) {
    const compiled = compileMatcher(matcher);
    if (!compiled.ok) return `The matcher on ${matcher.name} does not compile: ${compiled.error.message}. Nothing was silenced.`;
  }
  // As in Alertmanager: a silence must name something that an alert has.
  return matchesLabels(matchers, {})
    ? "These matchers match an alert without any labels, so they would silence everything. Nothing was silenced."
    : null;
}

/**
 * Inside a transaction. With an `id` it changes that silence, as Alertmanager does: in place while it can be, else the
 * old one ends and a new one with another id takes its place. Codes: `bad_request`, `not_found`, `limit_exceeded`.
 */
export function putSilence(
  ports: ProjectPorts,
  by: Principal,
  request: SilenceRequest,
): Result<{ readonly silence: Silence; readonly before: Silence | null }> {
  const now = ports.now();
  const { id, ...rest } = request;
  const before = id === undefined ? null : findSilence(ports, id);
  const asked = { ...(before?.silence.name === undefined ? {} : { name: before.silence.name }), ...rest, updatedAt: now };
  if (id !== undefined && before === null)
    return fail("not_found", `There is no silence ${JSON.stringify(id)}; GET /v1/silences lists them.`);
  const isLive = before !== null && before.phase !== "ended" && before.silence.endsAt > now;
  const hasBegun = isLive && before.silence.startsAt <= now;
  const startsAt = asked.startsAt ?? (hasBegun ? before.silence.startsAt : now);
  if (asked.endsAt <= Math.max(startsAt, now))
    return fail("bad_request", "A silence must end after it starts and after now. Nothing was silenced.");
  const matchers = matchersOf(asked);
  const fault = faultOf(matchers);
  if (fault !== null) return fail("bad_request", fault);
  const inPlace = isLive && sameMatchers(before.silence, asked) && (hasBegun ? startsAt === before.silence.startsAt : startsAt >= now);
  if (!inPlace && listSilences(ports).length >= MAX_SILENCES)
    return fail("limit_exceeded", `There are ${MAX_SILENCES} silences, as many as may be at once; end some. Nothing was silenced.`);
  const silence: Silence = inPlace
    ? { ...asked, startsAt, id: before.silence.id, createdBy: actorOf(by) }
    : { ...asked, startsAt: Math.max(startsAt, id === undefined ? startsAt : now), id: newUuid(ports), createdBy: actorOf(by) };
  if (isLive && !inPlace) saveSilence(ports, { ...before.silence, endsAt: now, updatedAt: now }, "ended");
  saveSilence(ports, silence, inPlace && hasBegun ? "active" : "pending");
  const shown = matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`).join(", ");
  recordAudit(
    ports,
    by,
    before === null ? "silence.create" : "silence.change",
    `${silence.id} on ${shown} until ${new Date(silence.endsAt).toISOString()}`,
  );
  return ok({ silence, before: before?.silence ?? null });
}

/** Inside a transaction. Tells the silence as it is now and the phase it was in. Codes: `not_found`. */
export function endSilence(ports: ProjectPorts, by: Principal, id: string): Result<StoredSilence> {
  const found = findSilence(ports, id);
  const now = ports.now();
  if (found === null || found.silence.endsAt <= now)
    return fail("not_found", `There is no silence ${JSON.stringify(id)} in force; GET /v1/silences lists them.`);
  const ended: Silence = { ...found.silence, endsAt: now, updatedAt: now, startsAt: Math.min(found.silence.startsAt, now) };
  saveSilence(ports, ended, "ended");
  recordAudit(ports, by, "silence.end", id);
  return ok({ silence: ended, phase: found.phase });
}

/** Silences that go on to their next phase, the earliest first; an ended one comes to be forgotten. */
export function dueSilences(ports: ProjectPorts): readonly StoredSilence[] {
  return ports.database.all<SilenceRow>("SELECT body, phase FROM silences WHERE next_at <= ? ORDER BY next_at", ports.now()).map(storedOf);
}

export const forgetSilence = (ports: ProjectPorts, id: string): void => ports.database.run("DELETE FROM silences WHERE id = ?", id);

/** When the next silence begins, warns or ends, ms. */
export function nextSilenceChangeAt(ports: ProjectPorts): number | null {
  return ports.database.all<{ at: number | null }>("SELECT min(next_at) AS at FROM silences WHERE phase <> 'ended'")[0]?.at ?? null;
}
