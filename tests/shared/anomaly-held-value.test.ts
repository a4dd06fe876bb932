import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { EIGHTH_RICH_SIZE, RICH_SIZE, R, SINGLES_AT, V } from "@sightline/shared/anomaly/rich/layout";
import { loadRich } from "@sightline/shared/anomaly/rich/rich-bytes";
import { createRichState } from "@sightline/shared/anomaly/rich/rich-detector";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = Date.UTC(2026, 3, 10, 9, 20);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** When something is told of `valueAt`. */
function toldAt(stepMs: number, days: number, valueAt: (tMs: number) => number): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const told: number[] = [];
  for (let t = START; t < START + days * DAY_MS; t += stepMs) if (bank.observe(slot, t, valueAt(t)) >= 0.5) told.push(t);
  return told;
}

const dayOf = (tMs: number): number => Math.floor((tMs - START) / DAY_MS);

/** About 20 min, some percent more or less, and a little more every day; set anew at three in the morning. */
function backupSeconds(seed: number, changed: (seconds: number, day: number) => number): (tMs: number) => number {
  const random = randomSource(seed);
  const nights = Array.from({ length: 40 }, () => 1 + 0.12 * (random() + random() + random() - 1.5));
  return (tMs) => {
    const day = Math.floor((tMs - 3 * 60 * MINUTE_MS - START) / DAY_MS) + 1;
    return Math.round(changed(1200 * (1 + 0.01 * day) * nights[day]!, day) * 10) / 10;
  };
}

describe.each([1, 5])("a value that is set once a day and held, at steps of %i min", (minutes) => {
  test("is held against how far it went on other days", () => {
    let told = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const asUsual = backupSeconds(seed, (seconds) => seconds);
      told += toldAt(minutes * MINUTE_MS, 14, asUsual).filter((tMs) => dayOf(tMs) >= 3).length;
    }
    expect(told).toBeLessThanOrEqual(2);
  });

  test("and is told when it goes twice as far as it ever was", () => {
    for (let seed = 1; seed <= 3; seed++) {
      const doubled = backupSeconds(seed, (seconds, day) => (day >= 10 ? 2 * seconds : seconds));
      expect(toldAt(minutes * MINUTE_MS, 12, doubled).some((tMs) => dayOf(tMs) === 9 || dayOf(tMs) === 10)).toBe(true);
    }
  });
});

/** A disk that fills in working hours above all and is emptied at four in the morning: by about as much as came, and on day 10 by `last` times that. */
function freeBytes(seed: number, last: number): (tMs: number) => number {
  const random = randomSource(seed);
  let [free, day] = [2e11, -1];
  return (tMs) => {
    const hour = (tMs % DAY_MS) / (60 * MINUTE_MS);
    const works = ((Math.floor(tMs / DAY_MS) + 4) % 7) % 6 !== 0 && hour > 8 && hour < 18;
    const today = Math.floor((tMs - 4 * 60 * MINUTE_MS) / DAY_MS);
    free -= (5e9 / 1440) * 5 * (works ? 1.5 : 0.56) * (0.7 + 0.6 * random());
    if (day >= 0 && today !== day) free += 4.8e9 * (0.9 + 0.2 * random()) * (today - Math.floor(START / DAY_MS) === 10 ? last : 1);
    day = today;
    return Math.round(free / 4096) * 4096;
  };
}

const isEmptied = (tMs: number): boolean => tMs % DAY_MS >= 4 * 60 * MINUTE_MS && tMs % DAY_MS < 4.2 * 60 * MINUTE_MS;

test("what a disk is emptied by every night is its habit, wherever it stands by now", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const told = toldAt(5 * MINUTE_MS, 14, freeBytes(seed, 1)).filter((tMs) => tMs > START + 3 * DAY_MS);
    expect(told.filter(isEmptied)).toEqual([]);
  }
});

test("three times as much is none", () => {
  for (let seed = 1; seed <= 3; seed++)
    expect(toldAt(5 * MINUTE_MS, 14, freeBytes(seed, 3)).some((tMs) => dayOf(tMs) === 9 && isEmptied(tMs))).toBe(true);
});

test.each([1, 5])("nothing at the time of a nightly job is no way back from it, at steps of %i min", (minutes) => {
  const random = randomSource(4);
  const outage = Date.UTC(2026, 3, 21, 2);
  const told = toldAt(minutes * MINUTE_MS, 11, (tMs) => {
    const inDay = (tMs % DAY_MS) / MINUTE_MS;
    const isOut = tMs >= outage && tMs < outage + 20 * MINUTE_MS;
    return isOut ? 0 : (inDay >= 120 && inDay < 135 ? 95 : 50) + 4 * (random() + random() + random() - 1.5);
  });
  expect(told).toContain(outage);
});

test("a rich state of version 10 is read; how far a value goes when it is set anew is not known in it", () => {
  const f = createRichState();
  f[R.steps] = 77;
  const tenth = new ByteWriter();
  tenth.u8(10);
  for (let i = 0; i < SINGLES_AT; i++) tenth.f64(f[i] ?? 0);
  tenth.varint(0);
  tenth.varint(EIGHTH_RICH_SIZE - SINGLES_AT);
  tenth.bytes(new Uint8Array(Float32Array.from(f.subarray(SINGLES_AT, EIGHTH_RICH_SIZE)).buffer));
  const read = new Float64Array(RICH_SIZE).fill(9);
  expect(loadRich(new ByteReader(tenth.copy()), read)).toBe("read");
  expect(read).toEqual(f);
  expect(read[V.moves]).toBe(0);
});
