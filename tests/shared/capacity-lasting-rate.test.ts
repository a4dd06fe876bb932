import { expect, test } from "vitest";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";

const STEP = 2 * 3_600_000;
const START = Date.UTC(2026, 0, 5);
const SEEN = 336;
const DISKS = 40;

const uniformFrom = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

/** What fills at a rate whose logarithm returns by 1 - `rho` of itself a step, and what is full of it when `more` of what came so far has come. */
function disk(rho: number, more: number, random: () => number): { values: number[]; limit: number; fullAt: number } {
  const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  let used = 100;
  let rate = normal();
  const all = Array.from({ length: 11 * SEEN }, () => {
    rate = rho * rate + Math.sqrt(1 - rho * rho) * normal();
    return (used += (30 / SEEN) * Math.exp(0.6 * rate - 0.18));
  });
  const values = all.slice(0, SEEN);
  const limit = values.at(-1)! + 30 * more;
  return { values, limit, fullAt: START + STEP * all.findIndex((value) => value >= limit) };
}

test.each([0.8, 0.9, 0.95])("what fills at a rate that stays as it is by %d a step is full within the interval that is told", (rho) => {
  const inside = Array.from({ length: DISKS }, (_, k) => {
    const { values, limit, fullAt } = disk(rho, [0.25, 0.5, 1, 2][k % 4]!, uniformFrom(7919 * (k + 1)));
    const judged = judgeResource({
      resource: { kind: "disk", name: "disk", labels: {}, query: "", unit: "bytes", limit },
      history: { timestamps: values.map((_value, i) => START + i * STEP), values },
      hosts: 1,
      random: uniformFrom(k + 1),
    });
    if (judged === null || "refused" in judged) return false;
    const { earliest, latest } = judged.saturation;
    return fullAt >= (earliest ?? Infinity) && fullAt <= (latest ?? Infinity);
  });
  expect(inside.filter(Boolean).length / DISKS).toBeGreaterThanOrEqual(0.9);
});
