import type { Refusal } from "@sightline/shared/model/trend";
import { randomSource } from "../bench/anomaly-generator.ts";

export const START = Date.UTC(2024, 0, 1);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function told<T extends object>(answer: T | Refusal): Exclude<T, Refusal> {
  if ("refused" in answer) throw new Error(answer.refused.reason);
  return answer as Exclude<T, Refusal>;
}

export const series = (values: readonly number[], stepMs: number) => ({ timestamps: values.map((_, i) => START + i * stepMs), values });

/** Standard normal deviates. */
export function noise(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function autoregressive(count: number, phi: number, deviate: () => number): number[] {
  let x = 0;
  return Array.from({ length: count }, () => 100 + (x = phi * x + deviate()));
}
