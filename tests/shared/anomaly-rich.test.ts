import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { RICH_SIZE } from "@sightline/shared/anomaly/rich/layout";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { AnomalyKind } from "@sightline/shared/model/anomaly";
import { KINDS, SHAPES, construct, randomSource } from "../bench/anomaly-generator.ts";

const START = 1_700_000_000_000;
const FIVE_MINUTES = 300_000;

interface Told {
  readonly at: number;
  kind: AnomalyKind;
}

function told(times: ArrayLike<number>, values: ArrayLike<number>, deployMs: number | null = null): Told[] {
  const bank = createDetectorBank();
  const slot = bank.add();
  bank.enrich(slot);
  const events: Told[] = [];
  for (let i = 0; i < values.length; i++) {
    const t = times[i] ?? 0;
    if (t === deployMs) bank.permitChange(slot, t);
    const score = bank.observe(slot, t, values[i] ?? 0);
    const kind = bank.judgement(slot)?.kind ?? "spike";
    const last = events.at(-1);
    if (score >= 0.5) events.push({ at: i, kind });
    else if (bank.revised(slot) && last !== undefined) last.kind = kind;
  }
  return events;
}

const noise = (seed: number): (() => number) => {
  const random = randomSource(seed);
  return () => random() + random() + random() + random() - 2;
};

describe("the rich tier", () => {
  test("keeps a series in at most 64 KB", () => {
    expect(RICH_SIZE * 8 + 2560).toBeLessThan(65_536);
  });

  test.each(KINDS)("tells a %s by its name, once, and nothing before it", (kind) => {
    const shape = kind === "seasonal_break" ? "day" : "noise";
    const { times, values, truth } = construct(shape, kind, 4242, FIVE_MINUTES, 14);
    const events = told(times, values);
    expect(events.filter(({ at }) => at < (truth?.start ?? 0))).toEqual([]);
    expect(events[0]?.kind).toBe(kind);
    expect(events[0]?.at).toBeLessThanOrEqual(truth?.end ?? 0);
    expect(events.filter(({ at }) => at <= (truth?.over ?? 0)).length).toBeLessThanOrEqual(2);
  });

  test.each([1, 2, 3, 4])("does not tell a smooth gauge that is sampled every five minutes in place of every one (%i)", (seed) => {
    const next = noise(seed);
    const [before, after] = [2 * 1440, 288];
    const times = Array.from({ length: before + after }, (_, i) => START + (i < before ? i : before + 5 * (i - before)) * 60_000);
    let off = 0;
    const values = times.map((_, i) => {
      const goesOn = Math.exp(i < before ? -0.2 : -1);
      off = goesOn * off + Math.sqrt(1 - goesOn * goesOn) * next();
      return 100 + 5 * off;
    });
    expect(told(times, values).filter(({ at }) => at >= before)).toEqual([]);
  });

  test.each(SHAPES)("tells at most one event of a clean series of the shape %s in twelve days, once it has seen two", (shape) => {
    const { times, values } = construct(shape, null, 99, FIVE_MINUTES, 14);
    expect(told(times, values).filter(({ at }) => at > 2 * 288).length).toBeLessThanOrEqual(1);
  });

  test("a weekend is news in no week once the first is over", () => {
    const { times, values } = construct("week", null, 7, FIVE_MINUTES, 28);
    expect(told(times, values).filter(({ at }) => at > 8 * 288)).toEqual([]);
  });

  test("what has grown all along has not changed its trend, what begins to grow has", () => {
    const next = noise(31);
    const values = Array.from({ length: 14 * 288 }, (_, i) => 500 * (1 + (0.004 * i) / 288 + 0.004 * next()));
    const times = values.map((_, i) => START + i * FIVE_MINUTES);
    expect(told(times, values).filter(({ at }) => at > 2 * 288)).toEqual([]);
    const begins = values.map((value, i) => value + (i > 7 * 288 ? (500 * 0.01 * (i - 7 * 288)) / 288 : 0));
    expect(told(times, begins).map(({ kind }) => kind)).toContain("trend_change");
  });

  test("a level that moves at a deploy is no anomaly, one that moves by itself is", () => {
    const { times, values, deployMs } = construct("noise", "deploy", 11, FIVE_MINUTES, 14);
    expect(told(times, values, deployMs)).toEqual([]);
    expect(told(times, values)[0]?.kind).toBe("level_shift");
  });

  test("a spike in the first hour of 5 s steps is told", () => {
    const next = noise(5);
    const values = Array.from({ length: 720 }, (_, i) => 100 + 3 * next() + (i === 500 ? 80 : 0));
    const times = values.map((_, i) => START + i * 5000);
    expect(told(times, values).map(({ at }) => at)).toEqual([500]);
  });

  test("answers raise and lower the threshold of a series", () => {
    const next = noise(9);
    const values = Array.from({ length: 600 }, (_, i) => 50 + next() + (i === 400 ? 6 : 0));
    const strongest = (share: number): number => {
      const bank = createDetectorBank();
      const slot = bank.add();
      bank.enrich(slot);
      let most = 0;
      values.forEach((value, i) => {
        if (i === 300) bank.caution(slot, share);
        most = Math.max(most, bank.observe(slot, START + i * 60_000, value));
      });
      return most;
    };
    expect(strongest(0)).toBeGreaterThan(0.5);
    expect(strongest(2)).toBeLessThan(0.5);
    expect(strongest(-0.3)).toBeGreaterThan(strongest(0));
  });

  test("a saved series continues in another bank as if nothing had happened", () => {
    const { times, values } = construct("day", "level_shift", 21, FIVE_MINUTES, 14);
    const cut = 1500;
    const first = createDetectorBank();
    const slot = first.add();
    first.enrich(slot);
    for (let i = 0; i < cut; i++) first.observe(slot, times[i] ?? 0, values[i] ?? 0);
    const writer = new ByteWriter();
    first.save(slot, writer);
    expect(writer.length).toBeLessThan(30_000);
    const second = createDetectorBank();
    const other = second.add();
    expect(second.load(other, writer.copy())).toBe(true);
    expect(second.isRich(other)).toBe(true);
    for (let i = cut; i < values.length; i++) {
      const was = first.observe(slot, times[i] ?? 0, values[i] ?? 0);
      const now = second.observe(other, times[i] ?? 0, values[i] ?? 0);
      expect(now).toBe(was);
    }
  });

  test("of a state before this version the base tier's part is kept, and the rich tier learns afresh", () => {
    const { times, values } = construct("day", null, 22, FIVE_MINUTES, 4);
    const first = createDetectorBank();
    const slot = first.add();
    for (let i = 0; i < values.length; i++) first.observe(slot, times[i] ?? 0, values[i] ?? 0);
    const plain = new ByteWriter();
    first.save(slot, plain);
    const older = new Uint8Array(plain.length + 4);
    older.set(plain.copy());
    older[1] = 2;
    older[plain.length] = 1;
    const second = createDetectorBank();
    const other = second.add();
    expect(second.load(other, older)).toBe(true);
    expect(second.isRich(other)).toBe(true);
    expect(second.isRipe(other)).toBe(false);
    expect(second.judgement(other)).toEqual(first.judgement(slot));
  });

  test("torn bytes are refused and the slot starts afresh", () => {
    const { times, values } = construct("noise", null, 3, FIVE_MINUTES, 2);
    const bank = createDetectorBank();
    const slot = bank.add();
    bank.enrich(slot);
    for (let i = 0; i < values.length; i++) bank.observe(slot, times[i] ?? 0, values[i] ?? 0);
    const writer = new ByteWriter();
    bank.save(slot, writer);
    const whole = writer.copy();
    for (const length of [1, 60, 900, whole.length - 3]) {
      const fresh = createDetectorBank();
      const place = fresh.add();
      expect(fresh.load(place, whole.subarray(0, length))).toBe(false);
      expect(fresh.judgement(place)).toBeNull();
    }
  });

  test.each([1000, 60_000, 86_400_000])("constants, whole numbers and NaN runs in steps of %i ms are sane", (step) => {
    const next = noise(1);
    const shapes: readonly ((i: number) => number)[] = [
      () => 7,
      () => Math.round(3 + next()),
      (i) => (i % 50 < 20 ? Number.NaN : 10 + next()),
      (i) => (i % 200) * 5,
    ];
    for (const shape of shapes) {
      const values = Array.from({ length: 1500 }, (_, i) => shape(i));
      const events = told(
        values.map((_, i) => START + i * step),
        values,
      );
      expect(events.length).toBeLessThanOrEqual(15);
    }
  });

  test("any values at any times give scores in [0, 1] or a fold, and finite judgements", () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(1e300, -1e300, 1e-300, 0, -0, Number.NaN, Infinity, Number.MAX_VALUE),
      fc.integer({ min: -3, max: 3 }),
    );
    const step = fc.oneof(fc.integer({ min: -5, max: 90_000 }), fc.constantFrom(1000, 86_400_000, 604_800_000));
    fc.assert(
      fc.property(fc.array(fc.tuple(step, value), { maxLength: 400 }), (points) => {
        const bank = createDetectorBank();
        const slot = bank.add();
        bank.enrich(slot);
        let t = START;
        for (const [gap, x] of points) {
          t += gap;
          const score = bank.observe(slot, t, x);
          expect(score === -1 || (score >= 0 && score <= 1)).toBe(true);
          const judgement = bank.judgement(slot);
          if (judgement === null) continue;
          for (const number of [judgement.expected, judgement.lower, judgement.upper, judgement.score])
            expect(Number.isFinite(number)).toBe(true);
          expect(judgement.lower).toBeLessThanOrEqual(judgement.upper);
        }
      }),
      { numRuns: 60 },
    );
  });
});
