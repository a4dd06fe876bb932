import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DetectorBank } from "@sightline/shared/anomaly/api";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { B, BYTES_PER_SERIES, OWN_CELL, H, RING } from "@sightline/shared/anomaly/layout";
import { remember } from "@sightline/shared/anomaly/prototypes";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { construct, randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;

function scores(values: readonly number[], stepMs: number): number[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  return values.map((value, i) => bank.observe(slot, START + i * stepMs, value));
}

function saved(bank: DetectorBank, slot: number): Uint8Array {
  const writer = new ByteWriter();
  bank.save(slot, writer);
  return writer.copy();
}

function noisy(length: number, seed = 5): number[] {
  const random = randomSource(seed);
  return Array.from({ length }, () => 50 + 3 * (random() + random() + random() - 1.5));
}

const anyValue = fc.oneof(
  fc.double({ noNaN: false }),
  fc.constantFrom(0, -0, 1e300, -1e300, 1e-300, 5e-324, Number.NaN, Infinity, -Infinity, Number.MAX_VALUE),
  fc.integer({ min: -5, max: 5 }),
);

describe("the base detector", () => {
  test("keeps a series in at most 2.5 KB", () => {
    expect(BYTES_PER_SERIES).toBeLessThanOrEqual(2560);
  });

  test("says nothing about series of 0, 1 and 2 points", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    expect(bank.judgement(slot)).toBeNull();
    expect(bank.observe(slot, START, 1)).toBeLessThan(0.5);
    expect(bank.observe(slot, START + 60_000, 1e9)).toBeLessThan(0.5);
    expect(bank.judgement(slot)).toBeNull();
  });

  test.each([0, 1, -3.5, 1e300, 1e-300])("a constant %d is never an anomaly", (value) => {
    expect(
      Math.max(
        ...scores(
          Array.from({ length: 2000 }, () => value),
          60_000,
        ),
      ),
    ).toBeLessThan(0.5);
  });

  test.each([1000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 300_000, 3_600_000])(
    "finds a series that stands still in steps of %d ms, and does not go on telling it",
    (stepMs) => {
      for (const seed of [5, 6, 7, 8]) {
        const values = noisy(600, seed);
        const found = scores([...values, ...Array.from({ length: 700 }, () => values.at(-1) ?? 0)], stepMs).slice(600);
        const told = found.filter((score) => score >= 0.5).length;
        expect([1, 2]).toContain(told);
      }
    },
  );

  test.each([5_000, 60_000, 300_000, 3_600_000, 86_400_000])("finds a spike in steps of %d ms, once", (stepMs) => {
    const values = noisy(800);
    values[700] = 95;
    values[701] = 95;
    const alarms = scores(values, stepMs).flatMap((score, i) => (score >= 0.5 ? [i] : []));
    expect(alarms.filter((i) => i >= 700)).toEqual([700]);
  });

  test("a spike is explained with its value and the usual range", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const values = [...noisy(900), 95];
    values.forEach((value, i) => bank.observe(slot, START + i * 60_000, value));
    const judgement = bank.judgement(slot);
    expect(judgement).toMatchObject({ kind: "spike", value: 95 });
    expect(judgement?.score).toBeGreaterThanOrEqual(0.5);
    expect(judgement?.upper).toBeLessThan(95);
    expect(judgement?.lower).toBeLessThan(judgement?.expected ?? 0);
    expect(judgement?.reason).toMatch(/^95 is .*usual \d/);
  });

  test("a value that stops moving is a flatline", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const values = noisy(900);
    let kind = "";
    [...values, ...Array.from({ length: 120 }, () => values[899] ?? 0)].forEach((value, i) => {
      if (bank.observe(slot, START + i * 60_000, value) >= 0.5 && i >= 900) kind = bank.judgement(slot)?.kind ?? "";
    });
    expect(kind).toBe("flatline");
  });

  test("a level shift is one alarm, not one a point", () => {
    const values = noisy(1200).map((value, i) => (i >= 900 ? value + 30 : value));
    const alarms = scores(values, 60_000).flatMap((score, i) => (score >= 0.5 && i >= 900 ? [i] : []));
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toBeLessThan(905);
  });

  test("knows the hour of the day after some days", () => {
    const { times, values } = construct("day", null, 3, 300_000, 7);
    const bank = createDetectorBank();
    const slot = bank.add();
    values.forEach((value, i) => bank.observe(slot, times[i] ?? 0, value));
    const judgement = bank.judgement(slot);
    expect(Math.abs((judgement?.expected ?? 0) - (values.at(-1) ?? 0))).toBeLessThan(15);
    expect((judgement?.upper ?? 0) - (judgement?.lower ?? 0)).toBeLessThan(60);
  });

  test.each([
    ["noise", 300, 14],
    ["day", 300, 14],
    ["week", 300, 14],
    ["wander", 300, 14],
    ["counts", 300, 14],
    ["noise", 5, 1],
    ["wander", 5, 1],
    ["host", 5, 1],
    ["bursts", 5, 1],
  ] as const)("is quiet on clean %s in steps of %d s for %d days", (shape, seconds, days) => {
    let alarms = 0;
    let points = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const { times, values } = construct(shape, null, seed, seconds * 1000, days);
      const bank = createDetectorBank();
      const slot = bank.add();
      values.forEach((value, i) => {
        if (bank.observe(slot, times[i] ?? 0, value) >= 0.5) alarms++;
      });
      points += values.length;
    }
    expect(alarms / points).toBeLessThan(0.001);
  });

  test("samples within five seconds are one step", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const answers = Array.from({ length: 50 }, (_, i) => bank.observe(slot, START + i * 1000, i % 7));
    expect(answers.filter((score) => score >= 0)).toHaveLength(10);
  });

  test("any values at any times give scores in [0, 1] or a fold, and finite judgements", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -1000, max: 90_000_000 }), anyValue), { maxLength: 200 }), (points) => {
        const bank = createDetectorBank();
        const slot = bank.add();
        let at = START;
        for (const [ahead, value] of points) {
          at += ahead;
          const score = bank.observe(slot, at, value);
          expect(score === -1 || (score >= 0 && score <= 1)).toBe(true);
          const judgement = bank.judgement(slot);
          if (judgement === null) continue;
          expect([judgement.expected, judgement.lower, judgement.upper, judgement.score].every(Number.isFinite)).toBe(true);
          expect(judgement.lower).toBeLessThanOrEqual(judgement.upper);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("what comes later does not change earlier scores", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 40, maxLength: 120 }),
        fc.integer({ min: 1, max: 39 }),
        (values, cut) => {
          expect(scores(values, 60_000).slice(0, cut)).toEqual(scores(values.slice(0, cut), 60_000));
        },
      ),
      { numRuns: 50, seed: 2 },
    );
  });

  test("a saved series continues in another bank as if nothing had happened", () => {
    const values = noisy(600);
    values[500] = 90;
    const first = createDetectorBank();
    const slot = first.add();
    const second = createDetectorBank();
    second.add();
    const other = second.add();
    for (let i = 0; i < 333; i++) first.observe(slot, START + i * 1000, values[i] ?? 0);
    expect(second.load(other, saved(first, slot))).toBe(true);
    for (let i = 333; i < 600; i++)
      expect(second.observe(other, START + i * 1000, values[i] ?? 0)).toBe(first.observe(slot, START + i * 1000, values[i] ?? 0));
    expect(second.judgement(other)).toEqual(first.judgement(slot));
  });

  test("profiles of day and week are saved whole, in at most 1,850 bytes", () => {
    const { times, values } = construct("week", null, 3, 1_800_000, 21);
    const first = createDetectorBank();
    const slot = first.add();
    const half = times.length - 100;
    for (let i = 0; i < half; i++) first.observe(slot, times[i] ?? 0, values[i] ?? 0);
    const bytes = saved(first, slot);
    expect(bytes.length).toBeLessThanOrEqual(1850);
    const second = createDetectorBank();
    const other = second.add();
    expect(second.load(other, bytes)).toBe(true);
    for (let i = half; i < times.length; i++)
      expect(second.observe(other, times[i] ?? 0, values[i] ?? 0)).toBe(first.observe(slot, times[i] ?? 0, values[i] ?? 0));
    expect(second.judgement(other)).toEqual(first.judgement(slot));
    expect(saved(second, other)).toEqual(saved(first, slot));
  });

  test("a constant series costs a cell, also when saved, and its first other value is news at that step", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    for (let i = 0; i < 400; i++) expect(bank.observe(slot, START + i * 15_000, 0)).toBe(0);
    expect(bank.judgement(slot)).toMatchObject({ value: 0, expected: 0, lower: 0, upper: 0, score: 0 });
    const bytes = saved(bank, slot);
    expect(bytes.length).toBeLessThan(80);
    const woken = createDetectorBank();
    const other = woken.add();
    expect(woken.load(other, bytes)).toBe(true);
    for (const [each, at] of [
      [bank, slot],
      [woken, other],
    ] as const) {
      expect(each.observe(at, START + 400 * 15_000, 3)).toBeGreaterThanOrEqual(0.5);
      expect(each.judgement(at)).toMatchObject({ kind: "spike", value: 3, expected: 0 });
      expect(each.observe(at, START + 401 * 15_000, 0)).toBeLessThan(0.5);
    }
  });

  test("bytes of version 3 are read: six-step means begin with the values that are known, and nothing is news for that", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const values = noisy(600);
    for (const [i, value] of values.slice(0, 500).entries()) bank.observe(slot, START + i * 60_000, value);
    const bytes = saved(bank, slot);
    const fixed = 2 + OWN_CELL * 8;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const single = (at: number): number => view.getFloat32(fixed + at * 4, true);
    const kept = single(H.valueCount) + single(H.shortCount) + single(H.longCount) + single(H.spreadCount) + RING;
    const briefAt = fixed + (B.values + kept) * 4;
    const third = Uint8Array.of(
      ...bytes.subarray(0, fixed + H.heldValue * 4),
      ...bytes.subarray(fixed + B.values * 4, briefAt),
      ...bytes.subarray(briefAt + single(H.briefCount) * 4),
    );
    third[0] = 3;
    third.fill(0, fixed + H.usualLow * 4, fixed + H.heldValue * 4);
    const other = bank.add();
    expect(bank.load(other, third)).toBe(true);
    let suspect = 0;
    for (let i = 500; i < 600; i++) if (bank.observe(other, START + i * 60_000, values[i] ?? 0) >= 0.3) suspect++;
    expect(suspect).toBe(0);
  });

  test("bytes of version 4 are read: nothing of what was strange before is held, and all else goes on", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const values = noisy(600);
    for (const [i, value] of values.slice(0, 500).entries()) bank.observe(slot, START + i * 60_000, value);
    const bytes = saved(bank, slot);
    const fixed = 2 + OWN_CELL * 8;
    const fourth = Uint8Array.of(...bytes.subarray(0, fixed + H.heldValue * 4), ...bytes.subarray(fixed + B.values * 4));
    fourth[0] = 4;
    const other = bank.add();
    expect(bank.load(other, fourth)).toBe(true);
    bytes.fill(0, fixed + H.heldValue * 4, fixed + B.values * 4);
    expect(saved(bank, other)).toEqual(bytes);
  });

  test("bytes of another version or length are refused and the slot starts afresh", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    noisy(100).forEach((value, i) => bank.observe(slot, START + i * 60_000, value));
    const bytes = saved(bank, slot);
    bytes[0] = 99;
    expect(bank.load(slot, bytes)).toBe(false);
    expect(bank.judgement(slot)).toBeNull();
    expect(bank.load(slot, bytes.subarray(0, 10))).toBe(false);
  });

  test("a slot given back starts afresh for the next series, and series do not touch each other", () => {
    const bank = createDetectorBank();
    const a = bank.add();
    const b = bank.add();
    noisy(200).forEach((value, i) => {
      bank.observe(a, START + i * 60_000, value);
      bank.observe(b, START + i * 60_000, 7);
    });
    expect(bank.judgement(b)).toMatchObject({ expected: 7, value: 7 });
    bank.remove(a);
    expect(bank.add()).toBe(a);
    expect(bank.judgement(a)).toBeNull();
  });
});

describe("the memory of typical values", () => {
  test("stays sorted, bounded, and spans what it has seen", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 100 }), (values) => {
        const memory = new Float32Array(9);
        for (const value of values) remember(memory, 1, 0, 8, value, 1, 0);
        const count = memory[0] ?? 0;
        expect(count).toBeLessThanOrEqual(8);
        const kept = [...memory.subarray(1, 1 + count)];
        expect(kept).toEqual([...kept].sort((p, q) => p - q));
        expect(remember(memory, 1, 0, 8, values.at(-1) ?? 0, 1, 0)).toBeLessThanOrEqual(1.01);
      }),
      { seed: 3 },
    );
  });
});
