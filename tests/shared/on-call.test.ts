import { onCallAt } from "@sightline/shared/on-call/on-call-at";
import type { Layer, Schedule } from "@sightline/shared/on-call/schedule";
import { shiftsBetween } from "@sightline/shared/on-call/shifts";
import { DateTime } from "luxon";
import { describe, expect, test } from "vitest";

const PEOPLE = ["ada", "ben", "cleo"];
const QUARTER = 15 * 60_000;

const layer = (fields: Partial<Layer> & Pick<Layer, "timeZone" | "start">): Layer => ({
  name: "primary",
  users: PEOPLE,
  rotation: { every: 1, unit: "days" },
  ...fields,
});

const schedule = (...layers: readonly Layer[]): Schedule => ({ name: "web", layers, overrides: [] });

/** Hand-over by hand-over with luxon, from the start on: nothing of the product's arithmetic. */
function turnByCounting({ start, timeZone, users, rotation }: Layer, ms: number): string | null {
  if ("handovers" in rotation) return null;
  // Counted on a clock that is never changed, then read as a local time.
  const first = DateTime.fromISO(start, { zone: "utc" });
  // A local time that comes twice is the first of the two.
  const handover = (turn: number): number => {
    const local = first.plus({ [rotation.unit]: turn * rotation.every }).setZone(timeZone, { keepLocalTime: true });
    return Math.min(...local.getPossibleOffsets().map((possible) => possible.toMillis()));
  };
  if (ms < handover(0)) return null;
  let turn = 0;
  while (handover(turn + 1) <= ms) turn++;
  return users[turn % users.length] ?? null;
}

const at = (text: string, zone: string): number => DateTime.fromISO(text, { zone }).toMillis();

describe("who is on call equals a count with luxon, every quarter of an hour", () => {
  test.each([
    ["Europe/Rome", "2026-03-20T02:30", "2026-03-27", "2026-04-02", { every: 1, unit: "days" }],
    ["Europe/Rome", "2026-10-20T02:30", "2026-10-23", "2026-10-28", { every: 12, unit: "hours" }],
    ["America/New_York", "2026-02-23T09:00", "2026-03-01", "2026-03-24", { every: 1, unit: "weeks" }],
    ["America/Sao_Paulo", "2018-10-29T00:00", "2018-11-01", "2018-11-08", { every: 1, unit: "days" }],
    ["America/Sao_Paulo", "2019-02-04T00:00", "2019-02-14", "2019-02-20", { every: 1, unit: "weeks" }],
    ["Pacific/Apia", "2011-12-20T00:00", "2011-12-26", "2012-01-04", { every: 1, unit: "days" }],
    ["Pacific/Apia", "2011-12-02T00:00", "2011-12-28", "2012-01-08", { every: 1, unit: "weeks" }],
    ["Asia/Kathmandu", "2028-02-25T00:00", "2028-02-27", "2028-03-03", { every: 1, unit: "days" }],
    ["UTC", "2028-01-31T12:00", "2028-02-25", "2028-04-02", { every: 1, unit: "months" }],
    ["Australia/Lord_Howe", "2026-04-01T01:45", "2026-04-03", "2026-04-07", { every: 8, unit: "hours" }],
  ] as const)("%s from %s", (timeZone, start, from, to, rotation) => {
    const counted = layer({ timeZone, start, rotation });
    for (let ms = at(from, timeZone); ms < at(to, timeZone); ms += QUARTER) {
      expect(onCallAt(schedule(counted), ms)?.user, new Date(ms).toISOString()).toBe(turnByCounting(counted, ms));
    }
  });
});

test("a rotation years old names the same person as when it began", () => {
  const old = layer({ timeZone: "America/Sao_Paulo", start: "2016-01-04T00:00", rotation: { every: 1, unit: "weeks" } });
  for (const day of ["2018-11-04T00:59", "2018-11-04T01:00", "2026-11-21T12:00", "2028-02-29T00:00"]) {
    const ms = at(day, "America/Sao_Paulo");
    expect(onCallAt(schedule(old), ms)?.user, day).toBe(turnByCounting(old, ms));
  }
});

test("hand-over at chosen moments of the week", () => {
  const halves = layer({
    timeZone: "Europe/London",
    start: "2026-06-03T12:00",
    rotation: {
      handovers: [
        { weekday: 4, time: "17:00" },
        { weekday: 1, time: "09:00" },
      ],
    },
  });
  const names = (...moments: readonly string[]): readonly (string | undefined)[] =>
    moments.map((moment) => onCallAt(schedule(halves), at(moment, "Europe/London"))?.user);
  expect(names("2026-06-03T11:59", "2026-06-03T12:00", "2026-06-04T16:59", "2026-06-04T17:00", "2026-06-08T09:00", "2026-06-11T17:00")).toEqual([
    undefined, "ada", "ada", "ben", "cleo", "ada",
  ]); // prettier-ignore
});

test("three offices follow the sun and leave no gap", () => {
  const office = (name: string, timeZone: string, user: string, from: string, to: string): Layer =>
    layer({ name, timeZone, users: [user], start: "2026-01-01T00:00", windows: [{ from, to }] });
  const sun = schedule(
    office("Rome", "Europe/Rome", "rosa", "08:00", "18:00"),
    office("Los Angeles", "America/Los_Angeles", "lea", "08:00", "18:00"),
    office("Sydney", "Australia/Sydney", "sid", "08:00", "18:00"),
  );
  const names = ["2026-07-06T09:00Z", "2026-07-06T17:00Z", "2026-07-06T23:00Z"].map((text) => onCallAt(sun, Date.parse(text))?.user);
  expect(names).toEqual(["rosa", "lea", "sid"]);
  // In July each office's ten hours begin in Rome at 06:00, in Los Angeles at 15:00, in Sydney at 22:00 UTC; later layers lie on top.
  const shifts = shiftsBetween(sun, Date.parse("2026-07-06T08:00Z"), Date.parse("2026-07-07T08:00Z"));
  expect(shifts.map(({ source, startMs, endMs }) => `${source} ${new Date(startMs).toISOString().slice(11, 16)} for ${(endMs - startMs) / 3_600_000} h`)).toEqual([
    "Rome 08:00 for 7 h",
    "Los Angeles 15:00 for 7 h",
    "Sydney 22:00 for 10 h",
  ]); // prettier-ignore
});

test("a night window belongs to the day on which it begins", () => {
  const night = layer({
    timeZone: "Europe/Rome",
    start: "2026-01-01T00:00",
    users: ["nina"],
    windows: [{ weekdays: [5], from: "22:00", to: "06:00" }],
  });
  const on = (moment: string): boolean => onCallAt(schedule(night), at(moment, "Europe/Rome")) !== null;
  expect([on("2026-11-20T21:59"), on("2026-11-20T22:00"), on("2026-11-21T05:59"), on("2026-11-21T06:00"), on("2026-11-21T22:00")]).toEqual([
    false, true, true, false, false,
  ]); // prettier-ignore
});

test("an override stands in, and the shifts say so", () => {
  const startMs = at("2026-11-21T10:00", "UTC");
  const covered: Schedule = {
    ...schedule(layer({ timeZone: "UTC", start: "2026-11-20T00:00" })),
    overrides: [{ id: "1", user: "dora", startMs, endMs: startMs + 3_600_000 }],
  };
  expect(shiftsBetween(covered, at("2026-11-21T00:00", "UTC"), at("2026-11-22T12:00", "UTC"))).toEqual([
    { user: "ben", source: "primary", startMs: at("2026-11-21T00:00", "UTC"), endMs: startMs },
    { user: "dora", source: "override", startMs, endMs: startMs + 3_600_000 },
    { user: "ben", source: "primary", startMs: startMs + 3_600_000, endMs: at("2026-11-22T00:00", "UTC") },
    { user: "cleo", source: "primary", startMs: at("2026-11-22T00:00", "UTC"), endMs: at("2026-11-22T12:00", "UTC") },
  ]);
});

test("shifts and moments agree over a year with both changes of the clocks", () => {
  const busy: Schedule = schedule(
    layer({ name: "base", timeZone: "America/Sao_Paulo", start: "2018-01-01T00:00", rotation: { every: 1, unit: "weeks" } }),
    layer({ name: "days", timeZone: "Europe/Rome", start: "2018-01-01T02:30", users: ["x", "y"], windows: [{ weekdays: [1, 3, 0], from: "02:30", to: "24:00" }] }),
  ); // prettier-ignore
  const from = at("2018-02-01", "UTC");
  const to = at("2019-03-01", "UTC");
  const shifts = shiftsBetween(busy, from, to);
  let next = 0;
  for (let ms = from; ms < to; ms += 3 * QUARTER) {
    while ((shifts[next]?.endMs ?? Number.POSITIVE_INFINITY) <= ms) next++;
    expect(shifts[next]?.user, new Date(ms).toISOString()).toBe(onCallAt(busy, ms)?.user);
  }
});
