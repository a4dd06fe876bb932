import { expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);
const STEPS_A_DAY = 12;
const DAYS = 28;

const uniformFrom = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** What is there where each step's inflow, which grows by `perWeek` and scatters by `scatter`, is deleted when it is `days` old. */
function there(days: number, perWeek: number, scatter: number, random: () => number): number[] {
  const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const kept = days * STEPS_A_DAY;
  const inflow = Array.from(
    { length: kept + DAYS * STEPS_A_DAY },
    (_, i) => Math.exp((perWeek * (i - kept)) / (7 * STEPS_A_DAY)) * Math.max(0, 1 + scatter * normal()),
  );
  return Array.from({ length: DAYS * STEPS_A_DAY }, (_, i) => inflow.slice(i + 1, i + 1 + kept).reduce((sum, one) => sum + one, 0));
}

test.each([
  [7, 0.03, 0.1],
  [7, 0.05, 0.3],
  [14, 0.03, 0.3],
  [30, 0, 0.3],
])("kept %d d, %d more a week, scattering by %d: kept twice as long, about twice as much is there", (days, perWeek, scatter) => {
  const grown = Array.from({ length: 20 }, (_, k) => {
    const values = there(days, perWeek, scatter, uniformFrom(1009 * (k + 1)));
    const judged = judgeResource({
      resource: { kind: "disk", name: "disk", labels: {}, query: "", unit: "bytes", limit: 3 * values.at(-1)! },
      history: { timestamps: values.map((_, i) => START + i * 2 * HOUR), values },
      scenario: { retention: { nowMs: days * DAY, thenMs: 2 * days * DAY } },
      hosts: 1,
      random: uniformFrom(k + 1),
    });
    if (judged === null || "refused" in judged || judged.scenario === undefined || "refused" in judged.scenario) return Number.NaN;
    return judged.scenario.peak / judged.peak;
  });
  // By chance the falls of one in twenty are the shorter ones throughout.
  expect(grown.filter((times) => !(times >= 1.5)).length).toBeLessThanOrEqual(1);
});
