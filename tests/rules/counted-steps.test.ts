import { SeriesCells } from "@sightline/shared/anomaly/series-cells";
import { expect, test } from "vitest";
import { CountedSteps } from "../../worker/src/rules/detection/counted-steps.ts";

const SECOND = 1000;
const START = 1_700_000_000_000;

function rates(samples: readonly (readonly [seconds: number, value: number])[]): readonly number[] {
  const cells = new SeriesCells();
  cells.add(0);
  const steps = new CountedSteps(cells);
  return samples.map(([seconds, value]) => steps.rate(0, START + seconds * SECOND, value));
}

test("a counter is judged by its growth a second over steps of five seconds at least", () => {
  expect(rates([0, 2, 4, 6, 16].map((seconds) => [seconds, 100 + 20 * seconds] as const))).toEqual([NaN, NaN, NaN, 20, 20]);
});

test("a step in which a counter began anew has no rate: what was counted before the restart is lost; the next has its own", () => {
  const restarted = [
    [0, 1000],
    [15, 1300],
    [30, 45],
    [45, 345],
  ] as const;
  expect(rates(restarted)).toEqual([NaN, 20, NaN, 20]);
  const within = [
    [0, 1000],
    [2, 1040],
    [4, 10],
    [6, 50],
    [10, 130],
  ] as const;
  expect(rates(within)).toEqual([NaN, NaN, NaN, NaN, 20]);
});
