/** Growth whose future is known: a history, a limit, and when the same path reaches it. */
import { randomSource } from "./anomaly-generator.ts";

export const GROWTH_SHAPES = [
  "linear",
  "seasonal",
  "correlated",
  "bursty",
  "walk",
  "deletions",
  "rotation",
  "bend",
  "compound",
  "slow",
] as const;
export type GrowthShape = (typeof GROWTH_SHAPES)[number];

export interface GrowthCase {
  readonly shape: GrowthShape;
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
  readonly limit: number;
  /** Steps from the last sample until the path is at the limit for the first time; null when it is not within `future` steps. */
  readonly reachedAfter: number | null;
  readonly future: readonly number[];
  readonly stepMs: number;
}

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 1);

export function growthCase(shape: GrowthShape, seed: number): GrowthCase {
  const random = randomSource(seed * 2654435761 + 17);
  for (let i = 0; i < 8; i++) random();
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const n = 120 + Math.floor(random() * 280);
  const total = n * 12;
  const base = 100 + 400 * random();
  // Grows by 5 to 60% of its size over the history.
  const slope = (base * (shape === "slow" ? 0.005 + 0.02 * random() : 0.05 + 0.55 * random())) / n;
  const sigma = slope * (2 + 20 * random());
  const rho = 0.5 + 0.4 * random();
  const phase = 2 * Math.PI * random();
  const rate = 0.02 + 0.1 * random();
  const bendAt = Math.floor(n * (0.3 + 0.4 * random()));
  const bendBy = random() < 0.5 ? 0.4 : 2.5;
  const turn = 24 * (1 + Math.floor(3 * random()));
  const path: number[] = [];
  let rest = 0;
  let level = base;
  for (let i = 0; i < total; i++) {
    const e = normal();
    let value = base + slope * i;
    if (shape === "linear" || shape === "slow") value += sigma * e;
    else if (shape === "seasonal") value += sigma * e + 6 * sigma * Math.sin((2 * Math.PI * i) / 24 + phase);
    else if (shape === "correlated") value += rest = rho * rest + sigma * e;
    else if (shape === "bend") value += sigma * e + (i > bendAt ? slope * (bendBy - 1) * (i - bendAt) : 0);
    else if (shape === "compound") value = base * Math.exp((slope / base) * i) * (1 + (sigma / base) * e);
    else if (shape === "rotation") value += 0.3 * sigma * e + slope * 4 * ((i % turn) - turn / 2);
    else {
      // Increments that add up: amounts now and then, steps of a walk, and what is deleted now and then.
      if (shape === "bursty") level += (random() < rate ? (-Math.log(1 - random()) * slope) / rate : 0) + 0.2 * slope * Math.abs(e);
      else if (shape === "walk") level += slope + 0.3 * sigma * e;
      else level += 1.6 * slope + 0.5 * slope * e - (random() < 0.03 ? 20 * slope * 2 * random() : 0);
      value = level;
    }
    path.push(value);
  }
  const values = path.slice(0, n);
  const future = path.slice(n);
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  // Between a tenth and thrice the history's growth ahead of the highest yet.
  const limit = most + slope * n * (0.1 + 2 * random()) * (shape === "bend" ? bendBy : 1);
  const at = future.findIndex((value) => value >= limit);
  return {
    shape,
    timestamps: values.map((_, i) => START + i * HOUR),
    values,
    limit,
    reachedAfter: at === -1 ? null : at + 1,
    future,
    stepMs: HOUR,
  };
}
