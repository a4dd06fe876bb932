import type { Alert } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { shiftCalendar } from "@sightline/shared/on-call/calendar";
import { shiftsBetween } from "@sightline/shared/on-call/shifts";
import { acknowledge } from "../alert-actions.ts";
import { readAlert } from "../project-core.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { openLink, signLink } from "../signed-links.ts";
import { findUser } from "../users.ts";
import { findSchedule } from "./schedules.ts";

const DAY_MS = 86_400_000;
/** What a subscribed calendar shows. */
const CALENDAR_PAST_MS = 14 * DAY_MS;
const CALENDAR_AHEAD_MS = 90 * DAY_MS;

/** Codes: `not_found`. */
export function calendarLink(ports: ProjectPorts, schedule: string): Result<string> {
  return findSchedule(ports, schedule) === null
    ? fail("not_found", `There is no schedule ${JSON.stringify(schedule)}.`)
    : ok(signLink(ports, "calendar", [schedule], null));
}

/** The iCalendar document of a link; null when the link is not valid or its schedule is gone. */
export function calendar(ports: ProjectPorts, link: string): string | null {
  const [name] = openLink(ports, "calendar", link) ?? [];
  const schedule = name === undefined ? null : findSchedule(ports, name);
  if (schedule === null) return null;
  const now = ports.now();
  // From a whole day on, so that shifts keep their identity from one export to the next.
  const start = Math.floor((now - CALENDAR_PAST_MS) / DAY_MS) * DAY_MS;
  const shifts = shiftsBetween(schedule, start, now + CALENDAR_AHEAD_MS);
  return shiftCalendar(schedule.name, shifts, (user) => findUser(ports, user)?.name ?? user, now);
}

export function linkedAlert(ports: ProjectPorts, link: string): { readonly alert: Alert; readonly user: string } | null {
  const [alertId, userId] = openLink(ports, "acknowledge", link) ?? [];
  if (alertId === undefined || userId === undefined) return null;
  const alert = readAlert(ports, alertId);
  const user = findUser(ports, userId);
  return alert === null || user === null ? null : { alert, user: user.name };
}

/** Null when the link is not valid. Codes: those of acknowledging. */
export function acknowledgeByLink(ports: ProjectPorts, link: string): Result<Alert> | null {
  const [alertId, userId] = openLink(ports, "acknowledge", link) ?? [];
  const user = userId === undefined ? null : findUser(ports, userId);
  if (alertId === undefined || user === null) return null;
  const by: Principal = {
    project: ports.project,
    tokenId: "link",
    tokenName: "link",
    role: "editor",
    userId: user.id,
    userName: user.name,
  };
  return acknowledge(ports, by, alertId, null);
}
