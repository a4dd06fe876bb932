import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "@sightline/shared/capacity/default-prices";
import { describeResource } from "@sightline/shared/capacity/describe-resource";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { randomSource } from "../bench/anomaly-generator.ts";
import { noise } from "../support/made-series.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 23, 12);
const DECEMBER = Date.UTC(2026, 11, 1);

/** So much spent a day since the month's first, where midnight is so many hours later. */
function spent(perDay: number, zoneHours = 0, days = 28, now = NOW) {
  const deviate = noise(5);
  const timestamps = Array.from({ length: days * 24 }, (_, i) => now - (days * 24 - 1 - i) * HOUR);
  let wander = 0;
  const values = timestamps.map((ms) => {
    const date = new Date(ms - zoneHours * HOUR);
    const since = ms - zoneHours * HOUR - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    wander = since === 0 ? 0 : wander + 0.02 * deviate();
    return Math.max(0, (perDay * since) / DAY + wander);
  });
  return { timestamps, values };
}

function judged(kind: "budget" | "quota", perDay: number, { zoneHours = 0, traffic = 1, days = 28 } = {}) {
  const resource = { kind, name: "cloud bill", labels: {}, query: "spent", unit: "", limit: 1000 } as const;
  const found = judgeResource({
    resource,
    history: spent(perDay, zoneHours, days),
    hosts: 1,
    random: randomSource(1),
    ...(traffic === 1 ? {} : { scenario: { traffic } }),
  });
  if (found === null || "refused" in found) throw new Error("nothing was judged");
  return { ...found, described: describeResource(found, DEFAULT_SETTINGS, NOW) };
}

describe("a budget of the month", () => {
  test("that lasts until the month's first is not used up later, for it begins anew", () => {
    const { saturation, renewsAt, growthPerDay, peak, described } = judged("budget", 30);
    expect(saturation.at).toBeNull();
    expect(saturation.chance).toBeLessThan(0.05);
    expect(renewsAt).toBe(DECEMBER);
    expect(growthPerDay.value).toBeCloseTo(30, 0);
    // Of this month, not of the last one's end.
    expect(peak).toBeCloseTo(22.5 * 30, -1);
    expect(described.recommendation.type).toBe("keep");
    expect(described.recommendation.reasons.join("; ")).toMatch(/% of 1k was free at the peak of this month.*it begins anew in 7\.5 d/);
  });

  test("that is too small for the month is used up within it, and one too small for a longer month in that", () => {
    expect(judged("budget", 42).saturation.at).toBeCloseTo(Date.UTC(2026, 10, 1) + (1000 / 42) * DAY, -8);
    const december = judged("budget", 33).saturation;
    expect(Math.abs((december.at ?? 0) - (DECEMBER + (1000 / 33) * DAY))).toBeLessThan(DAY);
  });

  test.each([60, 90])("of which several have begun in %d days is judged as one of which one has", (days) => {
    const { saturation, renewsAt, growthPerDay, peak } = judged("budget", 42, { days });
    expect(renewsAt).toBe(DECEMBER);
    expect(growthPerDay.value).toBeCloseTo(42, 0);
    expect(peak).toBeCloseTo(22.5 * 42, -1);
    expect(saturation.at).toBeCloseTo(Date.UTC(2026, 10, 1) + (1000 / 42) * DAY, -8);
  });

  test("of another time zone begins anew at its own midnight", () => {
    for (const zoneHours of [-9, 7]) expect(judged("budget", 30, { zoneHours }).renewsAt).toBe(DECEMBER + zoneHours * HOUR);
  });

  test("with twice the work is used up in each month as much sooner", () => {
    const { scenario } = judged("budget", 20, { traffic: 2 });
    if (scenario === undefined || "refused" in scenario) throw new Error("no outcome");
    // What was spent stays: 450 until now, 40 a day from now on.
    expect(scenario.saturation.at).toBeGreaterThan(DECEMBER + 24 * DAY);
    expect(scenario.saturation.at).toBeLessThan(DECEMBER + 26 * DAY);
  });

  test("is read back to where the month began, at its end", () => {
    const now = Date.UTC(2026, 9, 30, 18);
    const all = spent(28, 0, 33, now);
    const from = all.timestamps.findIndex((ms) => ms >= now - 28 * DAY);
    const [earlier, history] = [all.timestamps.slice(0, from), all.timestamps.slice(from)];
    const resource = { kind: "budget", name: "bill", labels: {}, query: "spent", unit: "", limit: 1000 } as const;
    const judge = (known: boolean) =>
      judgeResource({
        resource,
        history: { timestamps: history, values: all.values.slice(from) },
        ...(known ? { earlier: { timestamps: earlier, values: all.values.slice(0, from) } } : {}),
        hosts: 1,
        random: randomSource(1),
      });
    expect(judge(false)).not.toHaveProperty("renewsAt");
    expect(judge(true)).toMatchObject({ renewsAt: Date.UTC(2026, 10, 1), saturation: { at: null } });
  });

  test("is a quota, too, that fell to nothing at a month's first", () => {
    const { renewsAt, roomMadeAt, saturation, described } = judged("quota", 30);
    expect({ renewsAt, roomMadeAt, at: saturation.at }).toEqual({ renewsAt: DECEMBER, roomMadeAt: undefined, at: null });
    expect(described.recommendation.type).toBe("keep");
  });

  test("is no volume that was emptied at a month's end, nor what was gone for some hours then", () => {
    const deviate = noise(7);
    const wiped = spent(30).timestamps;
    const volume = wiped.map(
      (ms) => (ms < Date.UTC(2026, 9, 31, 15) ? 600 : 50 + (26 * (ms - Date.UTC(2026, 9, 31, 15))) / DAY) + 10 * deviate(),
    );
    const first = Date.UTC(2026, 10, 1);
    const gone = wiped.map((ms) => (ms >= first && ms < first + 6 * HOUR ? 0 : 600 + (13 * (ms - first)) / DAY + Math.abs(deviate())));
    for (const values of [volume, gone]) {
      const resource = { kind: "quota", name: "volume", labels: {}, query: "used", unit: "bytes", limit: 1000 } as const;
      const found = judgeResource({ resource, history: { timestamps: wiped, values }, hosts: 1, random: randomSource(1) });
      expect(found).not.toHaveProperty("renewsAt");
    }
  });

  test("is one that fell once, at a month's first; what falls otherwise was cleaned", () => {
    const moved = spent(30);
    const later = moved.timestamps.map((ms) => ms + 9 * DAY);
    const resource = { kind: "budget", name: "bill", labels: {}, query: "spent", unit: "", limit: 1000 } as const;
    const found = judgeResource({ resource, history: { ...moved, timestamps: later }, hosts: 1, random: randomSource(1) });
    expect(found).not.toHaveProperty("renewsAt");
  });
});
