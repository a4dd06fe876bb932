import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { randomSource } from "../bench/anomaly-generator.ts";

// A Saturday, 00:00 UTC.
const START = 1_772_236_800_000;
const FIVE_MINUTES = 300_000;
const PER_DAY = 288;
const PER_HOUR = 12;
const DAYS = 21;
/** From here on a series' days and hours are known. */
const KNOWN = 4;

interface Told {
  readonly day: number;
  kind: AnomalyKind;
}

/** Events of a series of five-minute steps, each by the name it ends with. */
function told(values: readonly number[]): Told[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const events: Told[] = [];
  for (const [i, value] of values.entries()) {
    const score = bank.observe(slot, START + i * FIVE_MINUTES, value);
    const kind = bank.judgement(slot)?.kind ?? "spike";
    const last = events.at(-1);
    if (score >= 0.5) events.push({ day: i / PER_DAY, kind });
    else if (bank.revised(slot) && last !== undefined) last.kind = kind;
  }
  return events.filter(({ day }) => day > KNOWN);
}

/** `at`: the level at an hour of a day, with two draws of the day's own in [-1, 1]; `scatter`: the noise there. */
function series(
  seed: number,
  at: (hour: number, day: number, draws: readonly [number, number]) => number,
  scatter: (level: number) => number,
): number[] {
  const random = randomSource(seed);
  let draws: readonly [number, number] = [0, 0];
  return Array.from({ length: DAYS * PER_DAY }, (_, i) => {
    if (i % PER_DAY === 0) draws = [2 * random() - 1, 2 * random() - 1];
    const level = at((i % PER_DAY) / PER_HOUR, Math.floor(i / PER_DAY), draws);
    return level + scatter(level) * (random() + random() + random() + random() - 2);
  });
}

/** A job that begins up to half an hour off its time and lasts up to twenty minutes more or less than two hours. */
const job = (hour: number, _: number, [late, longer]: readonly [number, number]): number =>
  hour >= 3 + late / 2 && hour < 5 + late / 2 + longer / 3 ? 250 : 100;

/** Opens at nine and closes at half past five, up to a quarter of an hour off, and on weekends not at all. */
const office = (hour: number, day: number, [opens, closes]: readonly [number, number]): number =>
  day % 7 >= 2 && hour >= 9 + opens / 4 && hour < 17.5 + closes / 4 ? 400 : 100;

const people = (hour: number): number => 100 * (1 + 0.35 * Math.cos((Math.PI / 12) * (hour - 14)));

const share = (level: number): number => 0.05 * level;
const even = (): number => 4;

test("what opens on a Monday is no news at steps of a minute: a weekend of them forgets no season", () => {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const random = randomSource(3);
  const events: number[] = [];
  let noise = 0;
  for (let i = 0; i < 17 * 1440; i++) {
    noise = 0.4 * noise + random() + random() + random() + random() - 2;
    const isOpen = office((i % 1440) / 60, Math.floor(i / 1440), [0, 0]) > 100;
    const value = Math.round((isOpen ? 320 : 200) + 9 * noise);
    if (bank.observe(slot, START + i * 60_000, value) >= 0.5 && i > KNOWN * 1440) events.push(i / 1440);
  }
  expect(events).toEqual([]);
});

describe("edges that come sooner or later each day", () => {
  test.each([
    ["a job that is late, and lasts longer or shorter", job, even],
    ["office hours whose scatter goes with their height", office, share],
  ] as const)("are told less than once in forty days: %s", (_, shape, scatter) => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const events = seeds.flatMap((seed) => told(series(seed, shape, scatter)));
    expect(events.length).toBeLessThan((seeds.length * (DAYS - KNOWN)) / 40);
  });

  test("hide nothing that goes beyond them", () => {
    const at = 15 * PER_DAY + 9 * PER_HOUR;
    const usual = series(7, office, share);
    const spike = told(usual.map((value, i) => (i >= at && i < at + 3 ? 700 : value)));
    expect(spike.map(({ kind }) => kind)).toEqual(["spike"]);
    expect(spike[0]?.day).toBeLessThan((at + 3) / PER_DAY);
  });

  test("hide no office that does not open", () => {
    const usual = series(8, office, share);
    const shut = told(usual.map((value, i) => (i >= 17 * PER_DAY && i < 18 * PER_DAY ? 100 + (value % 9) : value)));
    expect(shut.length).toBeGreaterThan(0);
    expect(shut[0]?.day).toBeLessThan(17 + 11.5 / 24);
  });
});

test("a smooth day has no edge: what dips on its slope, within what the next hour brings, is told", () => {
  const at = 15 * PER_DAY + 8 * PER_HOUR;
  for (const seed of [1, 2, 3]) {
    const values = series(seed, people, () => 2).map((value, i) => (i >= at && i < at + 3 ? value - 14 : value));
    expect(told(values).map(({ kind }) => kind)).toEqual(["dip"]);
  }
});

test("what scatters in proportion scatters more after its first weekend, and that is no event", () => {
  for (const seed of [1, 2, 3]) {
    const events = told(series(seed, (hour, day) => office(hour, day + 4, [0, 0]), share));
    expect(events.filter(({ day, kind }) => day < 8 && kind === "variance_change")).toEqual([]);
  }
});

/** Alarms of a trend in 16 days of office hours at steps of 5 min, two and a half times the night's level, begun on a Wednesday. */
function driftsOfOffice(seed: number): number {
  const random = randomSource(seed * 7919);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const level = 80 + 320 * random();
  const opens = 7 + Math.floor(3 * random());
  const closes = 16 + Math.floor(4 * random());
  let drifts = 0;
  for (let i = 0; i < 16 * 288; i++) {
    const tMs = Date.UTC(2026, 2, 4) + i * 300_000;
    const hour = (tMs / 3_600_000) % 24;
    const isOpen = hour >= opens && hour < closes && new Date(tMs).getUTCDay() % 6 !== 0;
    const score = bank.observe(slot, tMs, Math.round(level * (isOpen ? 2.5 : 1) + 0.02 * level * normal()));
    if (score >= 0.5 && bank.judgement(slot)?.kind === "trend_change") drifts++;
  }
  return drifts;
}

test("an office does not drift on its second Saturday: of the first, on which it was expected to open, no value was taken for an accident", () => {
  expect(Array.from({ length: 8 }, (_, i) => driftsOfOffice(i + 1)).reduce((sum, one) => sum + one, 0)).toBe(0);
});
