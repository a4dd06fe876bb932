import { describe, expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { weekendsOfGrowth } from "@sightline/shared/capacity/weekends";
import { randomSource } from "../bench/anomaly-generator.ts";
import { noise } from "../support/made-series.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2026, 9, 26);

/** Hourly, of what fills about noon, and at weekends so much of that. */
function office(days: number, weekend: number, startsOn = 0, perDay = 2) {
  const deviate = noise(8);
  const timestamps = Array.from({ length: 24 * days + 1 }, (_, i) => MONDAY + startsOn * DAY + i * HOUR);
  let used = 30;
  const values = timestamps.map((ms, i) => {
    const share = [0, 6].includes(new Date(ms).getUTCDay()) ? weekend : 1;
    const hour = ((ms % DAY) / HOUR - 13) / 3.2;
    used += i === 0 ? 0 : ((perDay * share) / 8) * Math.exp(-hour * hour * 0.5) * (1 + 0.2 * deviate());
    return used;
  });
  return { timestamps, values };
}

function judged(history: ReturnType<typeof office>, limit = 100) {
  const resource = { kind: "disk", name: "disk /", labels: {}, query: "used", unit: "bytes", limit } as const;
  const found = judgeResource({ resource, history, hosts: 1, random: randomSource(1) });
  if (found === null || "refused" in found) throw new Error("nothing was judged");
  return found;
}

describe("a disk that fills in office hours", () => {
  test.each([
    [13, 0, 0],
    [14, 0.15, 0],
    [14.5, 0.15, 0],
    [10, 0, 3],
    [17, 0.15, 3],
  ])("is not said to have stopped because it is a weekend, after %d days of %d at weekends", (days, weekend, startsOn) => {
    const history = office(days, weekend, startsOn);
    const { saturation, growthPerDay } = judged(history);
    const [last, now] = [history.values.at(-1) ?? 0, history.timestamps.at(-1) ?? 0];
    const truth = ((100 - last) / ((2 * (5 + 2 * weekend)) / 7)) * DAY;
    expect(saturation.chance).toBeGreaterThan(0.5);
    expect(growthPerDay.value).toBeGreaterThan(1);
    expect(saturation.earliest ?? Infinity).toBeLessThan(now + truth);
    expect(saturation.latest ?? Infinity).toBeGreaterThan(now + truth);
  });
});

describe("a disk that fills on working days, seen for its first ones", () => {
  // The hours of the week: a Saturday's noon to a Monday's evening.
  test.each([132, 144, 150, 158, 168, 175, 180, 186])("is full when it would be by working days and weekends, %d h into a week", (hour) => {
    let held = 0;
    let asked = 0;
    for (const startsOn of [0, 1, 2, 3])
      for (const weekend of [0.1, 0.4]) {
        const days = hour / 24 - startsOn;
        const whole = office(days + 60, weekend, startsOn);
        const seen = 24 * days + 1;
        const history = { timestamps: whole.timestamps.slice(0, seen), values: whole.values.slice(0, seen) };
        const now = history.timestamps.at(-1) ?? 0;
        const full = whole.timestamps[whole.values.findIndex((value) => value >= (history.values.at(-1) ?? 0) + 7)] ?? 0;
        const { saturation } = judged(history, (history.values.at(-1) ?? 0) + 7);
        asked++;
        if ((saturation.earliest ?? Infinity) <= full && (saturation.latest ?? Infinity) >= full) held++;
        expect(saturation.at ?? Infinity).toBeGreaterThan(now + (full - now) / 2);
      }
    expect(held).toBeGreaterThanOrEqual(asked - 1);
  });
});

describe("a disk of which less than two working days were seen", () => {
  test.each([
    [1.5, 0],
    [1.3, 0.4],
    [2.7, 4.3],
    [3.3, 4.5],
  ])("may fill much later, after %d days from day %d of the week on", (days, startsOn) => {
    for (const more of [3, 6]) {
      const whole = office(days + 60, 0.1, startsOn);
      const seen = Math.round(24 * days) + 1;
      const history = { timestamps: whole.timestamps.slice(0, seen), values: whole.values.slice(0, seen) };
      const limit = (history.values.at(-1) ?? 0) + more;
      const full = whole.timestamps[whole.values.findIndex((value) => value >= limit)] ?? 0;
      const { saturation } = judged(history, limit);
      expect(saturation.earliest ?? Infinity).toBeLessThanOrEqual(full);
      expect(saturation.latest ?? Infinity).toBeGreaterThanOrEqual(full);
    }
  });

  test("is full when it would be where that is within hours", () => {
    const timestamps = Array.from({ length: 5 * 24 }, (_, i) => MONDAY + i * (HOUR / 24));
    const deviate = noise(4);
    const { saturation } = judged({ timestamps, values: timestamps.map((ms) => 40 + (8 * (ms - MONDAY)) / HOUR + 0.1 * deviate()) });
    expect((saturation.latest ?? Infinity) - (saturation.earliest ?? 0)).toBeLessThan(HOUR);
  });
});

test.each([2.6, 2.9, 3.4, 4])("what grows alike on all days beside what comes and goes is told so, %d days from a Friday on", (days) => {
  const random = randomSource(6);
  const timestamps = Array.from({ length: 24 * 4 * days }, (_, i) => MONDAY + 4 * DAY + i * (HOUR / 4));
  const used = (ms: number): number => 40 + (4 * (ms - MONDAY)) / DAY;
  const { saturation } = judged({ timestamps, values: timestamps.map((ms) => used(ms) + 2 * random()) }, used(timestamps.at(-1) ?? 0) + 25);
  // The noise reaches it before the line does.
  const ahead = (ms: number | null): number => ((ms ?? Infinity) - (timestamps.at(-1) ?? 0)) / (5 * DAY);
  expect(ahead(saturation.at)).toBeGreaterThan(0.8);
  expect(ahead(saturation.at)).toBeLessThan(1.4);
  expect(ahead(saturation.latest)).toBeLessThan(5);
});

describe("weekends", () => {
  const even = (values: readonly number[]) => ({ y: Float64Array.from(values), firstMs: MONDAY, stepMs: HOUR });

  test("are unlike other days once one of them is over, and their season of a week adds up to nothing", () => {
    const { at, isKnown } = weekendsOfGrowth(even(office(8.5, 0).values)) ?? {};
    if (at === undefined) throw new Error("no weekend was found");
    expect(isKnown).toBe(true);
    expect(at(MONDAY + 5 * DAY) - at(MONDAY)).toBeCloseTo(2 * 5 * (2 / 7), 0);
    expect(at(MONDAY + 7 * DAY)).toBeCloseTo(at(MONDAY), 9);
    expect(weekendsOfGrowth(even(office(7.5, 0).values))?.isKnown).toBe(false);
    expect(weekendsOfGrowth(even(office(4.5, 0).values))).toBeNull();
    expect(weekendsOfGrowth(even(office(12, 1).values))).toBeNull();
  });

  test("are no reason for what ended on a Friday and has stood still all week since", () => {
    const { values } = office(19, 0);
    const stopped = values.map((value, i) => (i > 5 * 24 ? (values[5 * 24] ?? 0) : value));
    expect(weekendsOfGrowth(even(stopped))).toBeNull();
  });
});
