import { describe, expect, test } from "vitest";
import { forecast } from "@sightline/shared/forecast/forecast";
import type { DueValue } from "@sightline/shared/forecast/promises";
import type { TrackRecord } from "@sightline/shared/forecast/track-record";
import { seriesKey } from "@sightline/shared/model/labels";
import { fail, ok } from "@sightline/shared/model/result";
import { ForecastBook, type ForecastPorts } from "../../worker/src/project/forecasts/forecast-book.ts";
import { countForecasts } from "../../worker/src/project/forecasts/forecast-store.ts";
import { projectInMemory } from "./project-in-memory.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LABELS = { __name__: "queue_length" };
const KEY = seriesKey(LABELS);

/** A project whose shards know one series, which goes on by `truth` (of ms); what they were asked is counted. */
function openBook(truth: (t: number) => number = (t) => 100 + t / MINUTE, resetAt: number | null = null) {
  const { ports, clock } = projectInMemory();
  clock.now = 1000 * HOUR;
  const seen = { forecasts: 0, values: 0, records: null as Readonly<Record<string, TrackRecord>> | null, broken: false };
  const shards: ForecastPorts = {
    now: () => clock.now,
    forecast: (_query, horizonMs, nowMs, records) => {
      seen.forecasts++;
      seen.records = records;
      if (seen.broken) return Promise.resolve(fail("unavailable", "the shard does not answer"));
      const timestamps = Array.from({ length: 200 }, (_, i) => nowMs - (199 - i) * MINUTE);
      const record = records[KEY];
      const answer = forecast({ timestamps, values: timestamps.map(truth), horizonMs, ...(record === undefined ? {} : { record }) });
      return Promise.resolve(ok([{ labels: LABELS, ...answer, ...(resetAt === null ? {} : { joinedSince: nowMs - 5 * MINUTE }) }]));
    },
    valuesAt: (_query, due) => {
      seen.values++;
      const isKnown = ({ t, joinedSince = t }: DueValue): boolean => resetAt === null || t < resetAt || joinedSince > resetAt;
      return Promise.resolve(due.map((one) => (seen.broken ? null : new Map(isKnown(one) ? [[KEY, truth(one.t)]] : []))));
    },
  };
  const open = (): ForecastBook => new ForecastBook(ports, shards, () => undefined);
  return { open, ports, clock, seen };
}

async function askFor(book: ForecastBook, horizonMs: number) {
  const answer = await book.ask("queue_length", horizonMs);
  if (!answer.ok) throw new Error(answer.error.message);
  const [series] = answer.value;
  if (series === undefined || "refused" in series) throw new Error("no forecast");
  return series;
}

/** Does what the alarm would do until `untilMs`. */
async function alarms(book: ForecastBook, clock: { now: number }, untilMs: number): Promise<number> {
  let rung = 0;
  for (let next = book.nextAt(); next !== null && next <= untilMs; next = book.nextAt()) {
    clock.now = Math.max(clock.now, next);
    book.start();
    await book.rest();
    rung++;
    if (rung > 1000) throw new Error("the alarm never rests");
  }
  clock.now = untilMs;
  return rung;
}

describe("forecasts of a project", () => {
  test("are kept while they are fresh, a twelfth of the horizon", async () => {
    const { open, clock, seen } = openBook();
    const book = open();
    const first = await askFor(book, HOUR);
    clock.now += 4 * MINUTE;
    expect(await askFor(book, HOUR)).toEqual(first);
    expect(seen.forecasts).toBe(1);
    clock.now += 2 * MINUTE;
    await askFor(book, HOUR);
    expect(seen.forecasts).toBe(2);
  });

  test("of terabytes that fill by kilobytes are what they were when the object was restarted", async () => {
    const { open } = openBook((t) => 8_000_009_000_000 + (100.3 * (t - 1000 * HOUR)) / 1000 + 20 * Math.sin(t * t));
    const [before, after] = [await askFor(open(), HOUR), await askFor(open(), HOUR)];
    expect(after.points).toHaveLength(before.points.length);
    for (const [i, { mean, lo95, lo80, hi80, hi95 }] of after.points.entries()) {
      const order = [lo95, lo80, mean, hi80, hi95];
      expect(order).toEqual(order.toSorted((one, other) => one - other));
      expect(Math.abs(mean - (before.points[i]?.mean ?? 0))).toBeLessThan(0.1);
    }
  });

  test("asked for by many at once are made once", async () => {
    const { open, seen } = openBook();
    const book = open();
    await Promise.all(Array.from({ length: 10 }, () => askFor(book, HOUR)));
    expect(seen.forecasts).toBe(1);
  });

  test("are scored when their time has come, and the answer says how they fared", async () => {
    const { open, clock } = openBook();
    const book = open();
    expect(await askFor(book, HOUR)).not.toHaveProperty("score");
    clock.now += HOUR + MINUTE;
    const { score } = await askFor(book, HOUR);
    expect(score?.points).toBe(6);
    // A straight line: followed, where repeating the last value falls behind.
    expect(score?.wape).toBeLessThan(0.01);
    expect(score?.coverage95).toBeGreaterThanOrEqual(0);
    expect(score?.naiveWape).toBeGreaterThan(score?.wape ?? 1);
  });

  test("of a counter are scored as far as it has not begun anew since its newest sample then", async () => {
    const { open, clock } = openBook(undefined, 1000 * HOUR + 20 * MINUTE);
    const book = open();
    await askFor(book, HOUR);
    clock.now += 30 * MINUTE;
    const before = (await askFor(book, HOUR)).score?.points ?? 0;
    expect(before).toBeGreaterThan(0);
    clock.now += 35 * MINUTE;
    // Of the promises of the first nothing more; of the second those of the first half hour.
    const after = (await askFor(book, HOUR)).score?.points ?? 0;
    expect(after).toBeGreaterThan(before);
    expect(after).toBeLessThan(6);
  });

  test("are refreshed by the alarm while somebody asked within the hour, scored to the last, and left alone then", async () => {
    const { open, clock, seen } = openBook();
    const book = open();
    await askFor(book, HOUR);
    const rung = await alarms(book, clock, clock.now + 24 * HOUR);
    expect(seen.forecasts).toBeGreaterThanOrEqual(5);
    expect(seen.forecasts).toBeLessThanOrEqual(8);
    expect(rung).toBeLessThan(12);
    expect(book.nextAt()).toBeNull();
    const { score } = await askFor(book, HOUR);
    expect(score?.points).toBeGreaterThan(20);
  });

  test("and their scores are there after the object was restarted, and steer the next", async () => {
    const { open, clock, seen } = openBook();
    await askFor(open(), HOUR);
    clock.now += HOUR + MINUTE;
    await askFor(open(), HOUR);
    expect(seen.records?.[KEY]?.points).toBe(6);
    expect((await askFor(open(), HOUR)).score?.points).toBe(6);
    expect(seen.forecasts).toBe(2);
  });

  test("whose shard does not answer are asked for again, promises are kept, and nothing runs hot", async () => {
    const { open, clock, seen } = openBook();
    const book = open();
    await askFor(book, HOUR);
    seen.broken = true;
    const rung = await alarms(book, clock, clock.now + 3 * HOUR);
    expect(rung).toBeLessThan(100);
    seen.broken = false;
    expect((await askFor(book, HOUR)).score?.points).toBe(6);
  });

  test("a failure of the query is told as it is", async () => {
    const { open, seen } = openBook();
    seen.broken = true;
    expect(await open().ask("queue_length", HOUR)).toMatchObject({ ok: false, error: { code: "unavailable" } });
  });

  test("of two hundred expressions are kept, the least asked are forgotten", async () => {
    const { open, ports, clock } = openBook();
    const book = open();
    for (let k = 0; k < 230; k++) {
      clock.now += 1;
      await book.ask(`queue_length + ${k}`, HOUR);
    }
    expect(countForecasts(ports)).toBe(200);
  });
});
