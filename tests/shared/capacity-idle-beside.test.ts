import { expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";

const HOUR = 3_600_000;
const STEP = 2 * HOUR;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);
const HOSTS = 30;
const LIMIT = 0.6;

const uniformFrom = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** Means over two hours of a CPU of which `idle` is used with nothing to do, and whose work grows by `grows` a week. */
function cpu(idle: number, grows: number, random: () => number): (ms: number) => number {
  const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const [base, swing, weekend] = [0.18 + 0.1 * random(), 0.25 + 0.2 * random(), 0.5 + 0.45 * random()];
  return (ms) => {
    const isWorking = Math.floor((ms - START) / DAY) % 7 < 5;
    const ofDay = 1 + swing * Math.sin((2 * Math.PI * ((ms % DAY) / HOUR - 9)) / 24);
    return idle + base * (1 + grows) ** ((ms - START) / (7 * DAY)) * (isWorking ? 1 : weekend) * ofDay * (1 + 0.004 * normal());
  };
}

test.each([
  [0, 0.07],
  [0.05, 0.03],
  [0.05, 0.07],
])("a CPU that uses %d with nothing to do, and whose work grows by %d a week, is full when it is", (idle, grows) => {
  const misses = Array.from({ length: HOSTS }, (_, k) => {
    const useAt = cpu(idle, grows, uniformFrom(6151 * (k + 1)));
    const timestamps = Array.from({ length: (28 * DAY) / STEP }, (_step, i) => START + i * STEP);
    const values = timestamps.map(useAt);
    const judged = judgeResource({
      resource: { kind: "cpu", name: "CPU", labels: {}, query: "", unit: "ratio", limit: LIMIT, servers: 4 },
      history: { timestamps, values },
      hosts: 1,
      random: uniformFrom(k + 1),
    });
    if (judged === null || "refused" in judged) return "refused";
    let full = timestamps.at(-1)! + STEP;
    while (useAt(full) < LIMIT && full - START < 300 * DAY) full += STEP;
    const { earliest, latest } = judged.saturation;
    if (full < (earliest ?? Infinity) && full - START < 300 * DAY) return "sooner";
    return full > (latest ?? Infinity) ? "later" : null;
  }).filter((miss) => miss !== null);
  expect(misses.length, misses.join()).toBeLessThanOrEqual(3);
});
