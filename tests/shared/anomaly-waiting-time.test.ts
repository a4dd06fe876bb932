import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { NINTH_RICH_SIZE, R, RICH_SIZE, SINGLES_AT, W } from "@sightline/shared/anomaly/rich/layout";
import { loadRich } from "@sightline/shared/anomaly/rich/rich-bytes";
import { createRichState } from "@sightline/shared/anomaly/rich/rich-detector";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2026, 3, 6, 5);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How many come when so many are expected, fewer than some. */
function arrivals(random: () => number, expected: number): number {
  const least = Math.exp(-expected);
  let count = 0;
  for (let left = random(); left > least; left *= random()) count++;
  return count;
}

/** Minutes after `outMs` at which it is told first that orders do not come from then on, and how often that was told before. */
function orders(
  seed: number,
  stepMs: number,
  perMinuteAt: (tMs: number) => number,
  outMs: number,
  lastsMs: number,
): { after: number; before: number } {
  const random = randomSource(seed);
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  let before = 0;
  for (let t = START; t < outMs + lastsMs; t += stepMs) {
    const count = t < outMs ? arrivals(random, (perMinuteAt(t) * stepMs) / MINUTE_MS) : 0;
    if (bank.observe(slot, t, count / (stepMs / 1000)) < 0.5) continue;
    if (t >= outMs) return { after: (t - outMs) / MINUTE_MS, before };
    if (bank.judgement(slot)?.kind === "flatline") before++;
  }
  return { after: Infinity, before };
}

const always = (perMinute: number) => (): number => perMinute;
const byDay = (tMs: number): number => 0.1 + 0.45 * (1 + Math.cos(((tMs % DAY_MS) / DAY_MS - 17 / 24) * 2 * Math.PI));

describe.each([30, 60, 300])("orders of which most scrapes see none, at steps of %i s", (seconds) => {
  test("are told to come no more before 60 of them were to be expected", () => {
    const out = Math.floor(START / DAY_MS) * DAY_MS + 9.5 * DAY_MS;
    const { after, before } = orders(7, seconds * 1000, always(0.5), out, 180 * MINUTE_MS);
    expect(after).toBeLessThan(120);
    expect(before).toBe(0);
  });

  test("and also those that come by day", () => {
    const out = Math.floor(START / DAY_MS) * DAY_MS + 9 * DAY_MS + 15 * 60 * MINUTE_MS;
    const { after, before } = orders(3, seconds * 1000, byDay, out, 6 * 60 * MINUTE_MS);
    expect(after).toBeLessThan(4 * 60);
    expect(before).toBe(0);
  });
});

test("a night or a weekend on which nothing comes is none", () => {
  const open = (tMs: number): number =>
    ((Math.floor(tMs / DAY_MS) + 4) % 7) % 6 !== 0 && tMs % DAY_MS > 8 * 60 * MINUTE_MS && tMs % DAY_MS < 18 * 60 * MINUTE_MS ? 0.3 : 0;
  for (let seed = 2; seed <= 3; seed++) expect(orders(seed, MINUTE_MS, open, START + 13.9 * DAY_MS, 0).before).toBe(0);
});

test("what was told is not how long one waits by itself: each outage of rare orders is told", () => {
  const random = randomSource(11);
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const told: number[] = [];
  for (let t = START; t < START + 20.5 * DAY_MS; t += MINUTE_MS) {
    const day = (t - START) / DAY_MS;
    const isOut = [12, 16, 20].some((from) => day >= from && day < from + 0.25);
    if (bank.observe(slot, t, (isOut ? 0 : arrivals(random, 0.5)) / 60) >= 0.5 && day >= 11) told.push(Math.floor(day));
  }
  expect(told).toEqual([12, 16, 20]);
});

test("what becomes rarer from day to day has not stopped until it does", () => {
  for (let seed = 1; seed <= 4; seed++) {
    const random = randomSource(seed * 11);
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const told: number[] = [];
    for (let t = START; t < START + 25 * DAY_MS; t += MINUTE_MS) {
      const day = (t - START) / DAY_MS;
      const perMinute = day > 24 ? 0 : 2 * 15 ** -Math.max(0, Math.min(1, (day - 12) / 8));
      const score = bank.observe(slot, t, arrivals(random, perMinute) / 60);
      if (score >= 0.5 && bank.judgement(slot)?.kind === "flatline") told.push(Math.floor(day));
    }
    expect(told).toEqual([24]);
  }
});

test("a rich state of version 11 is read; nothing has become rarer in it", () => {
  const f = createRichState();
  f[R.steps] = 77;
  f[NINTH_RICH_SIZE - 1] = 0.25;
  const eleventh = new ByteWriter();
  eleventh.u8(11);
  for (let i = 0; i < SINGLES_AT; i++) eleventh.f64(f[i] ?? 0);
  const tails = Float32Array.from(f.subarray(SINGLES_AT, NINTH_RICH_SIZE));
  eleventh.varint(0);
  eleventh.varint(tails.length);
  eleventh.bytes(new Uint8Array(tails.buffer));
  const read = new Float64Array(RICH_SIZE).fill(9);
  expect(loadRich(new ByteReader(eleventh.copy()), read)).toBe("read");
  expect(read).toEqual(f);
  expect(read[W.rarer]).toBe(0);
});
