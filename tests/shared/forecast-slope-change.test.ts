/** Growth that has stopped or begun within the history: of the newest samples the forecast says no less than they do. */
import { forecast } from "@sightline/shared/forecast/forecast";
import { findSlopeChange } from "@sightline/shared/forecast/slope-change";
import { describe, expect, test } from "vitest";
import { randomSource } from "../bench/anomaly-generator.ts";

const MINUTE = 60_000;
const KNOWN = 360;

interface Outcome {
  readonly held: number;
  readonly wape: number;
}

/** Of an hour, or six, ahead of six hours of minutes, ten series. */
function outcome(path: (minute: number) => number, deviation: number, hours: number): Outcome {
  let [held, all, off, size] = [0, 0, 0, 0];
  for (let seed = 1; seed <= 10; seed++) {
    const random = randomSource(seed);
    const noise = (): number => 2 * deviation * (random() + random() + random() - 1.5);
    const values = Array.from({ length: KNOWN + hours * 60 }, (_, i) => path(i) + noise());
    const timestamps = values.map((_, i) => i * MINUTE);
    const answer = forecast({
      timestamps: timestamps.slice(0, KNOWN),
      values: values.slice(0, KNOWN),
      horizonMs: hours * 60 * MINUTE,
    });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    for (const { t, mean, lo95, hi95 } of answer.points) {
      const truth = values[Math.round(t / MINUTE)]!;
      held += Number(lo95 <= truth && truth <= hi95);
      all++;
      off += Math.abs(mean - truth);
      size += Math.abs(truth);
    }
  }
  return { held: held / all, wape: off / size };
}

const stopped = (ago: number, from: number) => (i: number) => from + (100 / 60) * Math.min(i, KNOWN - 1 - ago);
const begun = (ago: number) => (i: number) => 20 + 5 * Math.max(0, i - (KNOWN - 1 - ago));

describe("a bend without its like", () => {
  test.for([
    [20, 1, 500],
    [30, 1, 500],
    [60, 1, 500],
    [20, 6, 500],
    [30, 6, 500],
    [60, 6, 500],
    [30, 1, 0],
    [30, 6, 0],
  ] as const)("growth that stopped %d min ago is not continued for %d h", ([ago, hours, from]) => {
    const { held, wape } = outcome(stopped(ago, from), 1, hours);
    expect(held).toBeGreaterThan(0.9);
    expect(wape).toBeLessThan(hours === 1 ? 0.01 : 0.05);
  });

  test.for([
    [5, 1],
    [8, 1],
    [15, 1],
    [30, 1],
    [15, 6],
    [30, 6],
  ] as const)("growth that began %d min ago is continued for %d h", ([ago, hours]) => {
    const { held, wape } = outcome(begun(ago), 0.02, hours);
    expect(held).toBeGreaterThan(0.9);
    expect(wape).toBeLessThan(0.06);
  });

  test("goes on as it did until then, within the intervals, while that has been seen for a few minutes only", () => {
    const values = Array.from({ length: KNOWN }, (_, i) => stopped(15, 500)(i) + Math.sin(i * i));
    const answer = forecast({ timestamps: values.map((_, i) => i * MINUTE), values, horizonMs: 60 * MINUTE });
    if ("refused" in answer) throw new Error(answer.refused.reason);
    const last = answer.points.at(-1)!;
    expect(Math.abs(last.mean - values.at(-1)!)).toBeLessThan(20);
    expect(last.hi95).toBeGreaterThan(values.at(-1)! + 80);
    expect(last.lo95).toBeGreaterThan(values.at(-1)! - 30);
  });

  test.for([
    ["a walk", (noise: () => number) => walked(() => noise())],
    ["a walk of slopes", (noise: () => number) => walked(walked(() => 0.02 * noise()))],
    ["a line", (noise: () => number) => (i: number) => 500 + i + 3 * noise()],
    ["nothing but noise", (noise: () => number) => () => 500 + 3 * noise()],
    ["a curve", (noise: () => number) => (i: number) => 500 + (i * i) / 100 + noise()],
    ["growth by shares", (noise: () => number) => (i: number) => 10 * 2 ** ((i - KNOWN) / 15) * Math.exp(0.01 * noise())],
    ["a sawtooth", (noise: () => number) => (i: number) => 500 + ((i + 50) % 150) + noise()],
  ] as const)("%s has none", ([, kind]) => {
    let found = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomSource(seed);
      const at = kind(() => 2 * (random() + random() + random() - 1.5));
      if (findSlopeChange(Float64Array.from({ length: KNOWN }, (_, i) => at(i))) !== null) found++;
    }
    expect(found).toBeLessThanOrEqual(1);
  });

  test("a jump has none: its level may stay, but does not rise on", () => {
    for (const after of [1, 2, 3, 5, 10, 30])
      expect(
        findSlopeChange(Float64Array.from({ length: KNOWN }, (_, i) => 500 + (i < KNOWN - after ? 0 : 200) + Math.sin(i * i))),
      ).toBeNull();
  });
});

function walked(step: (i: number) => number): (i: number) => number {
  let value = 1000;
  return (i) => (value += step(i));
}
