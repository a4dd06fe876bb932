import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { onCallAt } from "@sightline/shared/on-call/on-call-at";
import type { Layer, OnCall, Override, Schedule, Shift } from "@sightline/shared/on-call/schedule";
import { shiftsBetween } from "@sightline/shared/on-call/shifts";
import { parseMinutes, parseWall } from "@sightline/shared/on-call/wall-clock";
import { namedDocuments } from "../named-documents.ts";
import { type ProjectPorts, newId } from "../project-ports.ts";
import { findUser, isTimeZone } from "../users.ts";

const documents = namedDocuments<Schedule>("schedules", "a schedule");
export const { list: listSchedules, find: findSchedule, remove: deleteSchedule } = documents;

const DAY_MS = 86_400_000;
/** How far ahead the end of a shift and the next one are looked for. */
const AHEAD_MS = 60 * DAY_MS;
const MAX_RANGE_MS = 400 * DAY_MS;

function layerFault({ name, timeZone, start, end, rotation, windows }: Layer): string | null {
  const where = `Layer ${JSON.stringify(name)}`;
  if (!isTimeZone(timeZone)) return `${where}: ${JSON.stringify(timeZone)} is not an IANA time zone; write it as Europe/Rome.`;
  for (const text of end === undefined ? [start] : [start, end]) {
    if (parseWall(text) === null)
      return `${where}: ${JSON.stringify(text)} is not a local date and time such as 2026-01-05T09:00; the layer's time zone says where.`;
  }
  const times = [
    ...("handovers" in rotation ? rotation.handovers.map(({ time }) => time) : []),
    ...(windows ?? []).flatMap(({ from, to }) => [from, to]),
  ];
  const wrong = times.find((time) => parseMinutes(time) === null);
  return wrong === undefined ? null : `${where}: ${JSON.stringify(wrong)} is not a time of day such as 09:00.`;
}

/** The sentence that says what is wrong with a schedule; null when nothing is. */
function faultOf(ports: ProjectPorts, { layers, overrides }: Schedule): string | null {
  const users = [...layers.flatMap((layer) => layer.users), ...overrides.map(({ user }) => user)];
  const stranger = users.find((user) => findUser(ports, user) === null);
  if (stranger !== undefined) return `There is no user ${JSON.stringify(stranger)}; PUT /v1/users/${stranger} first.`;
  const fault = layers.map(layerFault).find((found) => found !== null);
  if (fault !== undefined) return fault;
  return overrides.some(({ startMs, endMs }) => endMs <= startMs) ? "An override ends after it starts." : null;
}

/** Codes: `bad_request`. */
export function putSchedule(ports: ProjectPorts, by: Principal, schedule: Schedule): Result<Schedule> {
  const fault = faultOf(ports, schedule);
  if (fault !== null) return fail("bad_request", `${fault} Nothing was changed.`);
  const users = new Set(schedule.layers.flatMap((layer) => layer.users));
  return documents.put(ports, by, schedule, `${schedule.layers.length} layers, ${users.size} people`);
}

const unknown = (name: string): Result<never> =>
  fail("not_found", `There is no schedule ${JSON.stringify(name)}; GET /v1/oncall lists them.`);

/** Overrides that ended a month ago leave with the next change. Codes: `bad_request`, `not_found`. */
export function addOverride(ports: ProjectPorts, by: Principal, name: string, wanted: Omit<Override, "id">): Result<Override> {
  const schedule = findSchedule(ports, name);
  if (schedule === null) return unknown(name);
  const override: Override = { ...wanted, id: newId(ports) };
  const kept = schedule.overrides.filter(({ endMs }) => endMs > ports.now() - 30 * DAY_MS);
  const stored = putSchedule(ports, by, { ...schedule, overrides: [...kept, override] });
  return stored.ok ? ok(override) : stored;
}

/** Codes: `not_found`. */
export function removeOverride(ports: ProjectPorts, by: Principal, name: string, id: string): Result<null> {
  const schedule = findSchedule(ports, name);
  if (schedule === null) return unknown(name);
  const overrides = schedule.overrides.filter((override) => override.id !== id);
  if (overrides.length === schedule.overrides.length) return fail("not_found", `Schedule ${name} has no override ${JSON.stringify(id)}.`);
  const stored = putSchedule(ports, by, { ...schedule, overrides });
  return stored.ok ? ok(null) : stored;
}

function onCallOf(ports: ProjectPorts, schedule: Schedule, atMs: number): OnCall {
  const named = (id: string): { readonly id: string; readonly name: string } => ({ id, name: findUser(ports, id)?.name ?? id });
  const holder = onCallAt(schedule, atMs);
  const shifts = shiftsBetween(schedule, atMs, atMs + AHEAD_MS);
  const current = holder === null ? undefined : shifts[0];
  const next = shifts[current === undefined ? 0 : 1];
  const ends = current?.endMs ?? next?.startMs;
  return {
    schedule: schedule.name,
    user: holder === null ? null : named(holder.user),
    source: holder?.source ?? null,
    until: ends === undefined || ends >= atMs + AHEAD_MS ? null : ends,
    next: next === undefined ? null : { ...named(next.user), startMs: next.startMs },
  };
}

export const onCallNow = (ports: ProjectPorts, atMs: number): readonly OnCall[] =>
  listSchedules(ports).map((schedule) => onCallOf(ports, schedule, atMs));

/** Codes: `not_found`, `bad_request` (more than 400 days). */
export function readShifts(ports: ProjectPorts, name: string, startMs: number, endMs: number): Result<readonly Shift[]> {
  const schedule = findSchedule(ports, name);
  if (schedule === null) return unknown(name);
  if (endMs <= startMs || endMs - startMs > MAX_RANGE_MS)
    return fail("bad_request", "Shifts are asked for from a start to a later end, at most 400 days.");
  return ok(shiftsBetween(schedule, startMs, endMs));
}
