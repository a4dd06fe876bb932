import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { L, R, RICH_SIZE, SINGLES_AT, SIXTH_RICH_SIZE } from "@sightline/shared/anomaly/rich/layout";
import { loadRich } from "@sightline/shared/anomaly/rich/rich-bytes";
import { createRichState } from "@sightline/shared/anomaly/rich/rich-detector";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { DetectorFeed } from "../../worker/src/rules/detection/detector-feed.ts";
import { randomSource } from "../bench/anomaly-generator.ts";

const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Thursday, 00:00 UTC. */
const THURSDAY = 2700 * 7 * DAY_MS;

/** Hours after `fromDay` at which something is told of a series that is seen every `stepMs` for some hours beyond that day. */
function told(fromDay: number, hours: number, at: (tMs: number, hoursSince: number) => number, stepMs = STEP_MS): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const from = THURSDAY + fromDay * DAY_MS;
  const alarms: number[] = [];
  for (let t = THURSDAY; t < from + hours * HOUR_MS; t += stepMs)
    if (bank.observe(slot, t, at(t, Math.max(0, t - from) / HOUR_MS)) >= 0.5) alarms.push((t - from) / HOUR_MS);
  return alarms;
}

/** Normal, of deviation 1. */
function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
}

const wave = (tMs: number): number => Math.cos((2 * Math.PI * tMs) / DAY_MS);
const isWeekend = (tMs: number): boolean => (Math.floor(tMs / DAY_MS + 4) % 7) % 6 === 0;

describe("in its first week a series that leaves all it has been step by step is told", () => {
  test.each([1.5, 3, 5])("once, where a level doubles within ten hours from day %s on", (day) => {
    for (let seed = 1; seed <= 4; seed++) {
      const next = noise(seed);
      const alarms = told(day, 10, (_, hours) => 100 * (1 + hours / 10) + 2 * next());
      expect(alarms).toHaveLength(1);
      expect(alarms[0]).toBeGreaterThan(0);
      expect(alarms[0]).toBeLessThan(5);
    }
  });

  test.each([3, 5])("where the level of a day that goes by a third doubles each hour, from day %s on", (day) => {
    for (let seed = 1; seed <= 4; seed++) {
      const next = noise(seed);
      const [first = -1] = told(day, 3, (t, hours) => 100 * (1 + 0.3 * wave(t) + hours) + 2 * next());
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(2);
    }
  });

  test("where a disk that fills by 0.3% a day fills by 1.25% an hour", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const next = noise(seed);
      const [first = -1] = told(4, 5, (t, hours) => 60 + (0.3 * (t - THURSDAY)) / DAY_MS + 1.25 * hours + 0.01 * next());
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(3);
    }
  });
});

test("a first weekend that is half as high is no news", () => {
  for (let seed = 1; seed <= 4; seed++) {
    const next = noise(seed);
    expect(told(1, 120, (t) => (isWeekend(t) ? 0.5 : 1) * 100 * (1 + 0.3 * wave(t) + 0.02 * next()))).toEqual([]);
  }
});

test("what jumps to beyond all on the third night is no drift of a day's mean that is 0 above what was expected", () => {
  for (let seed = 1; seed <= 7; seed++) {
    const feed = new DetectorFeed(undefined, () => ({ labels: {}, metadata: { type: "gauge", unit: "seconds", help: "" } }));
    const slot = feed.add("replication_lag_seconds", "gauge", {});
    feed.judgeAs(slot, true);
    const next = noise(seed);
    for (let t = THURSDAY; t < THURSDAY + 3 * DAY_MS; t += 60_000) {
      const hour = ((t - THURSDAY) / HOUR_MS) % 24;
      const usual = (0.25 + 0.5 * Math.max(0, Math.sin((2 * Math.PI * (hour - 8)) / 24))) * Math.exp(0.3 * next());
      feed.observe(slot, t, usual + (hour >= 3 && hour < 3.6 + 0.01 * seed ? 150 + 7 * next() : 0));
      expect(feed.take().filter(({ kind }) => kind === "trend_change")).toEqual([]);
    }
  }
});

test.each([2, 6])("what came once in the first week, for %s hours, is no season that is missed a week later", (hours) => {
  for (const day of [2.2, 3.4, 5.7]) {
    const next = noise(10 * day);
    const queue = (_: number, since: number): number =>
      Math.round(Math.abs(next()) + (since > 0 && since < hours ? 200 * (1 + 0.1 * next()) : 0));
    const alarms = told(day, 15 * 24, queue);
    expect(alarms[0]).toBeLessThan(1);
    expect(alarms.filter((since) => Math.abs(since - 7 * 24) < 12 || Math.abs(since - 14 * 24) < 12)).toEqual([]);
  }
});

test.each([1, 2])("a weekend that is missed after %s of them is told on its Saturday, though working days are like it", (weekends) => {
  for (const height of [0, 0.3])
    for (let seed = 1; seed <= 3; seed++) {
      const next = noise(seed);
      const value = (t: number, since: number): number =>
        (isWeekend(t) && since === 0 ? 0.4 : 1) * 100 * (1 + height * wave(t) + 0.02 * next());
      const [first = Infinity] = told(7 * weekends + 2 - 1 / 288, 24, value).filter((hours) => hours > 0);
      expect(first).toBeLessThan(2);
    }
});

test("what a job does once a week is told for as long as once is all that is known of it, and not as it ends", () => {
  for (let seed = 1; seed <= 3; seed++) {
    const next = noise(seed);
    const job = (t: number): number => {
      const day = (t - THURSDAY) / DAY_MS;
      return 100 + (Math.floor(day) % 7 === 3 && day % 1 >= 2 / 24 && day % 1 < 4 / 24 ? 300 : 0) + 3 * next();
    };
    expect(told(13, 24, job).map((hours) => Math.round(13 * 24 + hours))).toEqual([74, 242]);
  }
});

describe("a leak of the first week is told at any step", () => {
  /** Hours after the beginning of the leak at which it is told, by series. */
  const leaks = (stepMs: number, rate: number, hours: number, deviation: number): (number | undefined)[] =>
    [1, 2].map((seed) => {
      const next = noise(seed);
      const alarms = told(2.5, hours, (_, since) => 100 * (1 + deviation * next()) * (1 + rate * since), stepMs);
      expect(alarms.length).toBeLessThanOrEqual(1);
      return alarms[0];
    });

  test.each([
    [15_000, 0.05, 6, 0.01],
    [60_000, 0.01, 16, 0.01],
    [60_000, 0.05, 8, 0.03],
    [300_000, 0.01, 16, 0.01],
  ])("of %s ms: by %s an hour within %s hours, beside noise of %s", (stepMs, rate, hours, deviation) => {
    for (const first of leaks(stepMs, rate, hours, deviation)) expect(first).toBeGreaterThan(0);
  });

  test("but no growth that was there from the beginning, nor a day's season", () => {
    const next = noise(3);
    expect(told(0, 190, (t) => 100 + (t - THURSDAY) / DAY_MS + 0.1 * next())).toEqual([]);
    expect(told(0, 190, (t) => 100 * (1 + 0.3 * wave(t)) + next())).toEqual([]);
  });
});

test("a rich state of version 8 is read; of its hours no range is known", () => {
  const f = createRichState();
  f[R.steps] = 77;
  const eighth = new ByteWriter();
  eighth.u8(8);
  for (let i = 0; i < SINGLES_AT; i++) eighth.f64(f[i] ?? 0);
  eighth.varint(SIXTH_RICH_SIZE - SINGLES_AT - 1);
  eighth.varint(1);
  eighth.bytes(new Uint8Array(Float32Array.of(0.25).buffer));
  f[SIXTH_RICH_SIZE - 1] = 0.25;
  const read = new Float64Array(RICH_SIZE).fill(9);
  expect(loadRich(new ByteReader(eighth.copy()), read)).toBe("read");
  expect(read).toEqual(f);
  expect(read[L.hours]).toBe(0);
});

test("a leak is told by the hour that is beyond all hours of before", () => {
  const next = noise(1);
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  for (let t = THURSDAY; t < THURSDAY + 4 * DAY_MS; t += 60_000) {
    const leaked = Math.max(0, t - THURSDAY - 3 * DAY_MS) / HOUR_MS;
    if (bank.observe(slot, t, 100 + next() + 2 * leaked) < 0.5) continue;
    expect(bank.judgement(slot)).toMatchObject({
      kind: "trend_change",
      reason: "the mean of the last hour is 103 where hours had 99.7–100 so far",
    });
    return;
  }
  expect.fail("the leak was not told");
});

describe("in its first week what a series jumps to, outside of all it has been, is no weekend", () => {
  /** Series of which something is told within ten minutes of the moment on day 3 from which on they are `times` as high. */
  const jumps = (times: number, atHour: number): number =>
    [1, 2, 3, 4].filter((seed) => {
      const next = noise(seed);
      const alarms = told(3 + atHour / 24, 0.2, (t, hours) => 100 * (1 + 0.4 * wave(t) + 0.03 * next()) * (hours > 0 ? times : 1), 60_000);
      return alarms.length === 1 && (alarms[0] ?? -1) > 0;
    }).length;

  test.each([
    [0.05, 3],
    [0.05, 15],
    [3, 9],
  ])("%s times as high from hour %s on", (times, hour) => {
    expect(jumps(times, hour)).toBe(4);
  });

  test("but where a day begins it may be one", () => {
    expect(jumps(0.3, 0)).toBe(0);
  });
});

test("after its first week, too, a leak is told by the hour, where what it began with was nobody's news", () => {
  const labels = { __name__: "process_memory_used_bytes" };
  const feed = new DetectorFeed(undefined, () => ({ labels, metadata: { type: "gauge", unit: "bytes", help: "" } }));
  const slot = feed.add("process_memory_used_bytes", "gauge", labels);
  feed.judgeAs(slot, true);
  const next = noise(1);
  const from = THURSDAY + 10.3 * DAY_MS;
  const told: string[] = [];
  for (let t = THURSDAY; t < from + 20 * HOUR_MS; t += 60_000) {
    feed.observe(slot, t, 2e8 * (1 + 0.01 * next()) * (1 + (0.01 * Math.max(0, t - from)) / HOUR_MS));
    told.push(...feed.take().map(({ kind }) => kind));
  }
  expect(told).toEqual(["trend_change"]);
});

describe("the range of hours of a young series", () => {
  /** Kinds that are told of nine days of steps of half an hour. */
  const kinds = (stepMs: number, hours: number, at: (hour: number) => number): readonly string[] => {
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    const found: string[] = [];
    for (let t = 0; t < hours * HOUR_MS; t += stepMs)
      if (bank.observe(slot, THURSDAY + t, at(t / HOUR_MS)) >= 0.5) found.push(bank.judgement(slot)?.kind ?? "");
    return found;
  };

  test("holds what a job does every night, which is no drift of an hour", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const deviate = noise(seed);
      const nightly = (hour: number): number => 100 + (hour % 24 > 2 && hour % 24 < 3 ? 80 : 0) + deviate();
      expect(kinds(HOUR_MS / 2, 8 * 24, nightly)).not.toContain("trend_change");
    }
  });

  test("holds a level that was told, whatever comes after it", () => {
    for (const at of [60, 100, 150])
      for (let seed = 1; seed <= 4; seed++) {
        const deviate = noise(seed);
        const moved = (hour: number): number => (hour > at ? 150 : 100) - (Math.abs(hour - at - 1.5) < 0.05 ? 40 : 0) + deviate();
        expect(kinds(STEP_MS, at + 40, moved)).not.toContain("trend_change");
      }
  });
});
