import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { isStep } from "@sightline/shared/anomaly/rich/two-phase-fit";
import { construct, randomSource } from "../bench/anomaly-generator.ts";
import { fleetSeries } from "../bench/anomaly-fleet.ts";
import { alarmsIn } from "../bench/anomaly-kind.ts";

const HOUR_MS = 3_600_000;
const START = 2700 * 7 * 24 * HOUR_MS;

/** The last name of what is first told of each series once its event has begun. */
const namesOf = (shape: string, kind: "level_shift" | "variance_change", seeds: readonly number[]): readonly string[] =>
  seeds.map((seed) => {
    const one = construct(shape, kind, seed, 300_000, 14);
    return alarmsIn(one, "rich").find(({ at }) => at >= (one.truth?.start ?? 0))?.name ?? "";
  });

/** What is told, by its last name, of 200 MB that scatter by 1%, with a burst in a hundred steps, once they grow to `times(hours)` as much on the fourth day. */
function toldOf(stepMs: number, seed: number, times: (hours: number) => number): readonly string[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const random = randomSource(seed);
  const from = START + 81.6 * HOUR_MS;
  const names: string[] = [];
  for (let t = START; t < from + 12 * HOUR_MS; t += stepMs) {
    const value = 1 + 0.02 * (random() + random() + random() - 1.5) + (random() < 0.01 ? 0.3 * random() : 0);
    const score = bank.observe(slot, t, 2e8 * (t < from ? value : value + times((t - from) / HOUR_MS) - 1));
    if (t < from) continue;
    if (score >= 0.5) names.push("");
    if (score >= 0.5 || bank.revised(slot)) names[names.length - 1] = bank.judgement(slot)?.kind ?? "";
  }
  return names;
}

describe("what the mean of an hour shows", () => {
  test("is a level where it was reached at once, though bursts hide it from sums", () => {
    const names = namesOf("bursts", "level_shift", [49056, 49258, 49460, 49864, 50672, 50874]);
    expect(names).toEqual(names.map(() => "level_shift"));
  });

  test.each([60_000, 300_000])("is a level that has moved or a leak also in the first week, at steps of %d ms", (stepMs) => {
    expect(toldOf(stepMs, 5, () => 1.1)).toEqual(["level_shift"]);
    expect(toldOf(stepMs, 5, (hours) => 1 + 0.05 * hours)).toEqual(["trend_change"]);
  });

  test("is a step only where that is much likelier than what goes on", () => {
    const noise = randomSource(5);
    const values = (of: (i: number) => number): Float64Array => Float64Array.from({ length: 144 }, (_, i) => of(i) + 0.1 * noise());
    expect(
      isStep(
        values((i) => (i < 120 ? 0 : 1)),
        0,
        1,
      ),
    ).toBe(true);
    expect(
      isStep(
        values((i) => Math.max(0, (i - 100) / 44)),
        0,
        1,
      ),
    ).toBe(false);
    expect(isStep(new Float64Array(144).fill(7), 7, 8)).toBe(false);
  });
});

describe("what scatters more from a far value on", () => {
  test("scatters, where it goes no lower than before", () => {
    const names = namesOf("host", "variance_change", [33843, 34045, 34550, 35156, 35257, 35459, 35661]);
    expect(names).toEqual(names.map(() => "variance_change"));
  });

  test("scatters, also while nobody knows yet what the week leaves of it", () => {
    const names = namesOf("day", "variance_change", [26328, 26732, 27540]);
    expect(names).toEqual(names.map(() => "variance_change"));
  });
});

describe("a level that a deploy has moved", () => {
  test.each([
    ["what goes on from step to step", fleetSeries, "memory", [7011, 7044]],
    ["where the season goes", construct, "week", [7055]],
  ] as const)("scatters as before: %s is no scatter", (_, construction, shape, seeds) => {
    const told = seeds.flatMap((seed) => {
      const one = construction(shape, "deploy", seed, 300_000, 14);
      return alarmsIn(one, "rich").filter(({ at }) => (one.times[at] ?? 0) >= (one.deployMs ?? 0));
    });
    expect(told.map(({ name }) => name)).toEqual([]);
  });
});
