import { BURN_WINDOWS, burnRate, judgeBurn } from "@sightline/shared/slo/burn-rate";
import { budgetRemaining, compliant, serviceLevel } from "@sightline/shared/slo/error-budget";
import { EventCounts } from "@sightline/shared/slo/event-counts";
import { summarize } from "@sightline/shared/slo/summary";
import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import { countAtOrBelow } from "@sightline/shared/aggregation/histogram-count-below";
import { array, assert, double, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";

const MINUTE = 60_000;
const DAY = 86_400_000;
const fast = BURN_WINDOWS[0];
if (fast === undefined) throw new Error("no burn windows");

describe("an error budget", () => {
  test("is untouched without errors, spent at the objective, negative beyond it, unknown without events", () => {
    expect(budgetRemaining(1000, 1000, 0.99)).toBe(1);
    expect(budgetRemaining(990, 1000, 0.99)).toBeCloseTo(0);
    expect(budgetRemaining(980, 1000, 0.99)).toBeCloseTo(-1);
    expect(budgetRemaining(0, 0, 0.99)).toBeNull();
    expect(serviceLevel(0, 0)).toBeNull();
    expect(compliant(995, 1000, 0.99)).toBe(true);
  });
});

describe("a burn alert", () => {
  test("fires when both windows burn, and not when the short one has recovered", () => {
    const count = (long: number, short: number) => (ms: number) => ({ good: 1000 - (ms === fast.longMs ? long : short), total: 1000 });
    expect(judgeBurn(fast, 0.99, count(200, 200)).firing).toBe(true);
    expect(judgeBurn(fast, 0.99, count(200, 0)).firing).toBe(false);
    expect(judgeBurn(fast, 0.99, count(100, 200)).firing).toBe(false);
  });

  test("does not wake anybody for two failures of three requests", () => {
    expect(judgeBurn(fast, 0.99, () => ({ good: 1, total: 3 })).firing).toBe(false);
  });

  test("rates 1 where errors equal the allowance", () => {
    expect(burnRate(99, 100, 0.99)).toBeCloseTo(1);
    expect(burnRate(0, 0, 0.99)).toBe(0);
  });
});

test("the summary says in words how long the budget lasts", () => {
  expect(summarize(0.5, 100, 30 * DAY)).toBe(
    "50% of the month's error budget is left; at this rate the month's budget is gone in 3 h 36 min.",
  );
  expect(summarize(null, 0, 30 * DAY)).toMatch(/nothing can be said/);
  expect(summarize(-0.2, 3, 7 * DAY)).toBe("The 7 d error budget is gone, and errors go on.");
  expect(summarize(0.9, 0, 7 * DAY)).toMatch(/no errors in the last hour/);
});

describe("event counts", () => {
  test("equal a recount of the events for every burn window and for the whole window", () => {
    const event = tuple(integer({ min: 0, max: 30 * 24 * 60 - 1 }), integer({ min: 0, max: 50 }), integer({ min: 0, max: 50 }));
    assert(
      property(array(event, { minLength: 1, maxLength: 100 }), (events) => {
        const ordered = events
          .map(([minute, good, bad]) => ({ t: minute * MINUTE, good, total: good + bad }))
          .toSorted((a, b) => a.t - b.t);
        const counts = new EventCounts(30 * DAY);
        for (const { t, good, total } of ordered) counts.add(t, good, total);
        const now = (ordered.at(-1)?.t ?? 0) + 59_000;
        for (const ms of [5 * MINUTE, 60 * MINUTE, 6 * 60 * MINUTE, DAY, 3 * DAY]) {
          const recount = ordered.filter(({ t }) => t >= now - ms).reduce((sum, { total }) => sum + total, 0);
          expect(counts.within(ms, now).total).toBe(recount);
        }
        expect(counts.within(30 * DAY, now).total).toBe(ordered.reduce((sum, { total }) => sum + total, 0));
        expect(counts.buckets().reduce((sum, { total }) => sum + total, 0)).toBe(counts.within(30 * DAY, now).total);
      }),
      { numRuns: 30 },
    );
  });

  test("are the same after being saved and loaded", () => {
    const counts = new EventCounts(30 * DAY);
    for (let day = 0; day < 20; day++) for (let minute = 0; minute < 24 * 60; minute += 17) counts.add(day * DAY + minute * MINUTE, 9, 10);
    const copy = new EventCounts(30 * DAY);
    copy.load(counts.buckets());
    const now = 20 * DAY;
    for (const ms of [5 * MINUTE, 60 * MINUTE, DAY, 3 * DAY, 30 * DAY]) expect(copy.within(ms, now)).toEqual(counts.within(ms, now));
  });
});

test("requests within the threshold are counted to within half a percent of a recount", () => {
  assert(
    property(double({ min: 0.05, max: 2, noNaN: true }), (threshold) => {
      const histogram = new ExponentialHistogram();
      let within = 0;
      for (let i = 0; i < 20_000; i++) {
        const seconds = 0.01 * 2 ** ((i / 20_000) * 9);
        histogram.record(seconds);
        if (seconds <= threshold) within++;
      }
      expect(Math.abs(countAtOrBelow(histogram.toNative(), threshold) - within) / 20_000).toBeLessThan(0.005);
    }),
    { numRuns: 20 },
  );
});
