import { readFileSync } from "node:fs";
import type { Labels } from "@sightline/shared/model/labels";
import type { Slo } from "@sightline/shared/model/slo";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { describe, expect, test } from "vitest";
import { StoredSeries } from "./stored-series.ts";

const T = 1_700_000_000_000;
const SPACING = 15_000;
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

const cpu: Labels = { __name__: "cpu", host: "a" };
const all: Labels = { __name__: "requests_total", code: "200" };
const good: Labels = { __name__: "ok_total", code: "200" };
const slo: Slo = {
  id: "s",
  name: "s",
  kind: "availability",
  good: "ok_total",
  total: "requests_total",
  objective: 0.99,
  windowMs: 3_600_000,
};

/** What the fixtures were written from: 300 scrapes of a gauge and of the two counters of an SLO. */
function fed(scrapes: number): StoredSeries {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure([], [slo]);
  feed(shard, 0, scrapes);
  return shard;
}

const usage = (i: number): number => 40 + 10 * Math.sin(i / 5) + ((i * 7919) % 13) / 10;
const requests = (i: number): number => i * 20 + ((i * 31) % 7);
const succeeded = (i: number): number => i * 19;

function feed(shard: StoredSeries, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    shard.append(cpu, T + i * SPACING, usage(i));
    shard.append(all, T + i * SPACING, requests(i), "counter");
    shard.append(good, T + i * SPACING, succeeded(i), "counter");
  }
  shard.finish();
}

/** What a detector of the base tier, of which alone there were snapshots then, expects after so many steps of it. */
function expectedByBase(
  steps: number,
  valueAt: (i: number) => number,
  from: number,
): { readonly expected: number; readonly upper: number } {
  const bank = createDetectorBank();
  const slot = bank.add();
  for (let i = from; i < steps; i++) bank.observe(slot, T + i * SPACING, valueAt(i));
  return bank.judgement(slot) ?? { expected: Number.NaN, upper: Number.NaN };
}

const rateOf =
  (counter: (i: number) => number) =>
  (i: number): number =>
    ((counter(i) - counter(i - 1)) * 1000) / SPACING;

describe("a snapshot written yesterday", () => {
  test.each([
    ["version 1, in one piece", ["evaluation-v1.bin"]],
    ["version 2, in parts", ["evaluation-v2-0.bin", "evaluation-v2-1.bin"]],
  ])("(%s) is read: SLI counters whole, detectors as learned", (_version, names) => {
    const stays = fed(300);
    const wakes = fed(300);
    expect(wakes.wake(names.map(fixture), [], [], [slo])).toBe(true);
    expect(wakes.evaluation.slos(wakes.nowMs)).toEqual(stays.evaluation.slos(stays.nowMs));
    for (const shard of [stays, wakes]) feed(shard, 300, 320);
    expect(wakes.evaluation.slos(wakes.nowMs)).toEqual(stays.evaluation.slos(stays.nowMs));
    const learned = [expectedByBase(320, usage, 0), expectedByBase(320, rateOf(requests), 1), expectedByBase(320, rateOf(succeeded), 1)];
    learned.forEach((base, ref) => {
      const restored = wakes.evaluation.expected(ref);
      expect(restored?.t).toBe(stays.evaluation.expected(ref)?.t);
      expect(restored?.expected).toBeCloseTo(base.expected, 1);
      expect(restored?.upper).toBeCloseTo(base.upper, 1);
    });
  });

  test("(version 3, which is this one where no event is followed) is read whole", () => {
    const stays = fed(300);
    const wakes = fed(300);
    const parts = stays.snapshot().map((part) => new Uint8Array([3, ...part.subarray(1)]));
    expect(wakes.wake(parts, [], [], [slo])).toBe(true);
    for (const shard of [stays, wakes]) feed(shard, 300, 320);
    for (const ref of [0, 1, 2]) expect(wakes.evaluation.expected(ref)).toEqual(stays.evaluation.expected(ref));
  });
});
