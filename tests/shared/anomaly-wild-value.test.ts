import { describe, expect, test } from "vitest";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_006_400_000;
const PER_DAY = 288;
const SLIP = 5 * PER_DAY;
const FACTORS = [100, 1e4, 1e7, 1e298, -100, -1e298];

interface Told {
  readonly at: number;
  readonly kind: string;
}

/** 100 ± 1 at steps of 5 min, as `change` has it. */
function tell(
  days: number,
  rich: boolean,
  change: (value: number, i: number) => number,
): { told: Told[]; expected: number; upper: number } {
  const bank = createDetectorBank();
  const slot = bank.add();
  if (rich) bank.enrich(slot);
  const random = randomSource(7);
  const told: Told[] = [];
  for (let i = 0; i < days * PER_DAY; i++) {
    const noise = 2 * (random() + random() + random() - 1.5);
    const score = bank.observe(slot, START + i * 300_000, change(100 + noise, i));
    const kind = bank.judgement(slot)?.kind ?? "spike";
    const last = told.at(-1);
    if (score >= 0.5) told.push({ at: i, kind });
    else if (bank.revised(slot) && last !== undefined) told[told.length - 1] = { at: last.at, kind };
  }
  const { expected = 0, upper = 0 } = bank.judgement(slot) ?? {};
  return { told, expected, upper };
}

describe("one wild value", () => {
  test.each(FACTORS)("of %d times the level is a spike or dip, and hides no level that moves later", (factor) => {
    for (const days of [0.25, 1]) {
      const moves = SLIP + days * PER_DAY;
      const { told } = tell(7, true, (value, i) => (i === SLIP ? 100 * factor : i >= moves ? value + 25 : value));
      expect(told).toEqual([
        { at: SLIP, kind: factor > 0 ? "spike" : "dip" },
        { at: moves, kind: "level_shift" },
      ]);
    }
  });

  test.each(FACTORS)("of %d times the level is not expected a week later, nor widens the band an hour later", (factor) => {
    const slip = (value: number, i: number): number => (i === SLIP ? 100 * factor : value);
    expect(tell(13, true, slip).told).toEqual([{ at: SLIP, kind: factor > 0 ? "spike" : "dip" }]);
    const { expected, upper } = tell(5 + 1 / 24, true, slip);
    expect(Math.abs(expected - 100)).toBeLessThan(2);
    expect(upper - expected).toBeLessThan(8);
  });

  test("hides nothing from the base tier", () => {
    for (const factor of FACTORS) {
      const { told } = tell(7, false, (value, i) => (i === SLIP ? 100 * factor : i >= SLIP + PER_DAY ? value + 25 : value));
      expect(told.map(({ at }) => at)).toEqual([SLIP, SLIP + PER_DAY]);
    }
  });
});

describe("a level that has gone far", () => {
  test.each([1000, -1000, 1e6])("by a factor of %d is a level shift, and is known within the hour", (factor) => {
    const moved = (value: number, i: number): number => (i >= SLIP ? value + 100 * (factor - 1) : value);
    expect(tell(7, true, moved).told).toEqual([{ at: SLIP, kind: "level_shift" }]);
    for (const rich of [true, false]) {
      const { expected } = tell(5 + 1 / 6, rich, moved);
      expect(Math.abs(expected / (100 * factor) - 1)).toBeLessThan(0.02);
    }
  });

  test("is confirmed over a snapshot", () => {
    const bank = createDetectorBank();
    const slot = bank.add();
    const random = randomSource(7);
    const observe = (of: typeof bank, at: number, i: number): number =>
      of.observe(at, START + i * 300_000, (i >= 300 ? 1e6 : 0) + random());
    for (let i = 0; i < 302; i++) observe(bank, slot, i);
    const writer = new ByteWriter(4096);
    bank.save(slot, writer);
    const other = createDetectorBank();
    const restored = other.add();
    expect(other.load(restored, writer.view())).toBe(true);
    const values = Array.from({ length: 20 }, (_, i) => [START + (302 + i) * 300_000, 1e6 + random()] as const);
    for (const [t, value] of values) expect(other.observe(restored, t, value)).toBe(bank.observe(slot, t, value));
    expect(other.judgement(restored)).toEqual(bank.judgement(slot));
  });
});
