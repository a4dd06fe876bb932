import type { Comparison, Refusal } from "@sightline/shared/model/trend";
import { compareSince } from "@sightline/shared/trend/compare-since";
import { expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2026, 9, 5);
const LATENCY = "request_duration_seconds";

/** A latency of the day's pattern, with 5% of noise, slower by `by` since `deployAt`; what it was the day and the week before. */
function deployed(seed: number, hours: number, agoHours: number, by = 0, known: readonly number[] = [DAY, 7 * DAY]) {
  const random = randomSource(seed);
  const endMs = MONDAY + Math.floor((30 * DAY + random() * 7 * DAY) / (2 * MINUTE)) * 2 * MINUTE;
  const deployAt = endMs - agoHours * HOUR;
  const latency = (t: number): number =>
    0.1 * (1 + 0.4 * Math.sin((2 * Math.PI * t) / DAY)) * (0.95 + 0.1 * random()) * (t >= deployAt ? 1 + by : 1);
  const stretch = (startMs: number, until: number) => {
    const timestamps = Array.from({ length: Math.floor((until - startMs) / (2 * MINUTE)) + 1 }, (_, i) => startMs + i * 2 * MINUTE);
    return { timestamps, values: timestamps.map(latency) };
  };
  const startMs = endMs - hours * HOUR;
  const past = known.map((backMs) => ({ backMs, ...stretch(startMs - backMs, Math.min(endMs - backMs, startMs - 1)) }));
  return compareSince(stretch(startMs, endMs), deployAt, past, LATENCY);
}

function told(answer: Comparison | Refusal): Comparison {
  if ("refused" in answer) throw new Error(answer.refused.reason);
  return answer;
}

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

test.each([
  [1, 0.5],
  [6, 2],
  [12, 6],
  [24, 6],
  [60, 30],
])("in %d h with a deploy %d h ago the time of day is no change, and a fifth more is one", (hours, ago) => {
  const verdicts = (by: number, known: readonly number[]) => SEEDS.map((seed) => told(deployed(seed, hours, ago, by, known)).verdict);
  for (const known of [[DAY], [DAY, 7 * DAY]]) {
    expect(verdicts(0, known).filter((verdict) => verdict !== "same").length).toBeLessThanOrEqual(3);
    expect(verdicts(0.2, known).filter((verdict) => verdict === "worse").length).toBeGreaterThanOrEqual(54);
  }
});

test("the change is by how much it is more than this time of day would have it", () => {
  const found = told(deployed(3, 6, 2, 0.5));
  expect(found.change).toBeCloseTo(0.5, 1);
  expect(found.difference).toBeCloseTo(found.after.median - (found.usual ?? 0), 12);
  expect(found.text).toMatch(
    /^Median \S+ ms since the deploy against \S+ ms as this time of day would have it \(\+\d+%\), worse; p < 0.001\.$/,
  );
  expect(told(deployed(3, 6, 2)).text).toMatch(/would have it: no difference beyond chance/);
});

test("where nothing is known of the day before the two sides are compared as they are, and the text says so", () => {
  const found = told(deployed(3, 4, 2, 1, []));
  expect([found.verdict, found.usual]).toEqual(["worse", undefined]);
  expect(found.text).toMatch(/a pattern of the day cannot be told from a change\.$/);
});

test("values of nothing and below it are held against each other by their differences", () => {
  const cold = (startMs: number, by: number) => {
    const timestamps = Array.from({ length: 120 }, (_, i) => startMs + i * MINUTE);
    return { timestamps, values: timestamps.map((t, i) => ((t - startMs) / HOUR) * 5 - 5 + (i % 3) / 10 + (i >= 60 ? by : 0)) };
  };
  const compare = (by: number) =>
    compareSince(cold(MONDAY + DAY, by), MONDAY + DAY + HOUR, [{ backMs: DAY, ...cold(MONDAY, 0) }], "celsius");
  expect(compare(0)).toMatchObject({ verdict: "same", difference: 0 });
  expect(compare(2)).toMatchObject({ verdict: "higher", difference: expect.closeTo(2, 1) as number });
});

test("the past that says the least decides, by amount: what one says in shares and the other in differences is not compared as it is", () => {
  const at = (t: number) => ({ timestamps: Array.from({ length: 60 }, (_, i) => t + i * MINUTE) });
  const level = (t: number, value: number) => ({ ...at(t), values: at(t).timestamps.map((_, i) => value * (1 + 0.01 * (i % 3))) });
  const now = { ...at(MONDAY), values: level(MONDAY, 0.1).values.map((value, i) => (i >= 30 ? value * 1.12 : value)) };
  const week = level(MONDAY - 7 * DAY, 0.1);
  // The week before the second half was slower already, and one value is zero: by differences.
  const slower = week.values.map((value, i) => (i === 3 ? 0 : i >= 30 ? value * 0.82 : value));
  const past = [
    { backMs: DAY, ...level(MONDAY - DAY, 0.1) },
    { backMs: 7 * DAY, ...week, values: slower },
  ];
  expect(told(compareSince(now, MONDAY + 30 * MINUTE, past, LATENCY)).change).toBeCloseTo(0.12, 1);
});

test("of a day and a week that contradict each other nothing is concluded; too little since is refused", () => {
  const flat = (startMs: number, valueAt: (i: number) => number) => {
    const timestamps = Array.from({ length: 120 }, (_, i) => startMs + i * MINUTE);
    return { timestamps, values: timestamps.map((_, i) => valueAt(i) + (i % 3) / 100) };
  };
  const now = flat(MONDAY + 7 * DAY, (i) => (i < 60 ? 1 : 2));
  const past = [
    { backMs: DAY, ...flat(MONDAY + 6 * DAY, (i) => (i < 60 ? 1 : 4)) },
    { backMs: 7 * DAY, ...flat(MONDAY, () => 1) },
  ];
  expect(compareSince(now, MONDAY + 7 * DAY + HOUR, past, "x")).toMatchObject({ verdict: "same" });
  expect(compareSince(now, MONDAY + 7 * DAY + 118 * MINUTE, past, "x")).toMatchObject({ refused: { code: "too_short" } });
});

test("errors that are rare and become frequent with a deploy are worse than the same hours had them", () => {
  const random = randomSource(4);
  const minutes = (startMs: number, share: (i: number) => number) => {
    const timestamps = Array.from({ length: 240 }, (_, i) => startMs + i * MINUTE);
    return { timestamps, values: timestamps.map((_, i) => Number(random() < share(i))) };
  };
  const compare = (since: number) =>
    told(
      compareSince(
        minutes(MONDAY, (i) => (i < 120 ? 0.05 : since)),
        MONDAY + 2 * HOUR,
        [DAY, 7 * DAY].map((backMs) => ({ backMs, ...minutes(MONDAY - backMs, () => 0.05) })),
        "job_failed",
      ),
    );
  expect(compare(0.4)).toMatchObject({ verdict: "worse", of: "mean", difference: expect.closeTo(0.35, 0) as number });
  expect(compare(0.05).verdict).toBe("same");
});

test("rates whose window reaches back beyond the deploy are of neither side: the ramp that they make hid a counter that halved", () => {
  const random = randomSource(6);
  const windowMs = 20 * MINUTE;
  const deployAt = MONDAY + 3 * HOUR;
  const rates = (startMs: number, since: number) => {
    const timestamps = Array.from({ length: 72 }, (_, i) => startMs + i * 5 * MINUTE);
    const share = (t: number): number => Math.min(1, Math.max(0, (t - deployAt) / windowMs));
    return { timestamps, values: timestamps.map((t) => 100 * (1 + (since - 1) * share(t)) * (0.97 + 0.06 * random())) };
  };
  const past = [DAY, 7 * DAY].map((backMs) => ({ backMs, ...rates(MONDAY - backMs, 1) }));
  for (const since of [0.5, 0.7, 1.4]) {
    const found = told(compareSince(rates(MONDAY, since), deployAt, past, "requests", { reachMs: windowMs }));
    expect(found).toMatchObject({ verdict: since < 1 ? "lower" : "higher", change: expect.closeTo(since - 1, 1) as number });
    expect(found.pValue).toBeLessThan(0.001);
    expect(found.after.count).toBe(72 - 36 - 4);
  }
  expect(told(compareSince(rates(MONDAY, 1), deployAt, past, "requests", { reachMs: windowMs })).verdict).toBe("same");
});

test.each([
  [100, 200, "latency"],
  [120, 480, "latency"],
  [0.001, 0.09, "errors_ratio"],
  [3, 5, "replicas"],
  [0.05, 0.5, "share"],
  [64, 65.5, "threads"],
  [0, 7, "depth"],
])("what stood still at %d and stands still at %d since is no chance", (was, is, name) => {
  const [startMs, deployAt, endMs] = [MONDAY + 7 * DAY, MONDAY + 7 * DAY + 3 * HOUR, MONDAY + 7 * DAY + 6 * HOUR];
  const stretch = (from: number, to: number) => {
    const timestamps = Array.from({ length: (to - from) / MINUTE }, (_, i) => from + i * MINUTE);
    return { timestamps, values: timestamps.map((t) => (t >= deployAt ? is : was)) };
  };
  const found = told(compareSince(stretch(startMs, endMs), deployAt, [{ backMs: DAY, ...stretch(startMs - DAY, startMs) }], name));
  expect(found.pValue).toBeLessThan(1e-20);
  expect(found.difference).toBeCloseTo(is - was, 9);
});

test.each([
  [1, 10, 12],
  [1, 10, 16],
  [1, 4, 6],
  [6, 3, 5],
  [6, 10, 20],
])(
  "quieter weekends hide no fall by three tenths with a deploy: weekday %d at %d:00, seen for %d h before",
  (weekday, hour, beforeHours) => {
    const ALL = Array.from({ length: 30 }, (_, i) => i + 1);
    const verdicts = (factor: number): string[] =>
      ALL.map((seed) => {
        const random = randomSource(seed);
        const deployAt = MONDAY + (7 + ((weekday + 6) % 7)) * DAY + hour * HOUR;
        const isQuiet = (t: number): boolean => new Date(t).getUTCDay() % 6 === 0;
        const rate = (t: number): number =>
          (isQuiet(t) ? 50 : 100) * (1 + 0.3 * Math.sin((2 * Math.PI * t) / DAY)) * (0.9 + 0.2 * random()) * (t >= deployAt ? factor : 1);
        const stretch = (from: number, to: number) => {
          const timestamps = Array.from({ length: (to - from) / (5 * MINUTE) }, (_, i) => from + i * 5 * MINUTE);
          return { timestamps, values: timestamps.map(rate) };
        };
        const [startMs, endMs] = [deployAt - beforeHours * HOUR, deployAt + 4 * HOUR];
        const past = [DAY, 7 * DAY].map((backMs) => ({ backMs, ...stretch(startMs - backMs, Math.min(endMs - backMs, startMs)) }));
        return told(compareSince(stretch(startMs, endMs), deployAt, past, "jobs_total")).verdict;
      });
    expect(verdicts(0.7).filter((verdict) => verdict === "lower").length).toBeGreaterThanOrEqual(28);
    expect(verdicts(1).filter((verdict) => verdict !== "same").length).toBeLessThanOrEqual(2);
  },
);
