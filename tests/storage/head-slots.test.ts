import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeadSlots } from "../../worker/src/storage/head-slots.ts";

const DAY = 86_400_000;
const CHUNK = 65_536;
const NOW = 1_790_000_000_000;

describe("the slots of the head", () => {
  test("keep every time to the ms, those of last year beside those of today, too", () => {
    const time = fc.oneof(fc.integer({ min: NOW - 3_600_000, max: NOW }), fc.integer({ min: NOW - 400 * DAY, max: NOW + 60 * DAY }));
    fc.assert(
      fc.property(fc.array(fc.tuple(time, fc.double()), { minLength: 1, maxLength: 50 }), (samples) => {
        const slots = new HeadSlots();
        for (const [i, [t, value]] of samples.entries()) expect(slots.push(t, value, i - 1)).toBe(i);
        for (const [i, [t, value]] of samples.entries()) {
          expect(slots.timeOf(i)).toBe(t);
          expect(slots.valueOf(i)).toBe(value);
          expect(slots.beforeOf(i)).toBe(i - 1);
        }
      }),
    );
  });

  test("take rows across chunks as they take samples one by one, and pass over what is not accepted", () => {
    const length = CHUNK + 5000;
    const refs = Int32Array.from({ length }, (_, i) => i % 1000);
    const times = Float64Array.from({ length }, (_, i) => (i % 7001 === 0 ? NOW - 90 * DAY : NOW) + i);
    const values = Float64Array.from({ length }, (_, i) => i / 8);
    const verdicts = Uint8Array.from({ length }, (_, i) => (i % 13 === 0 ? 255 : 0));
    const together = new HeadSlots();
    together.pushRows(refs, times, values, length, verdicts, new Int32Array(1000).fill(-1));
    const apart = new HeadSlots();
    const last = new Int32Array(1000).fill(-1);
    for (let i = 0; i < length; i++) {
      const ref = refs[i] ?? 0;
      if (verdicts[i] === 0) last[ref] = apart.push(times[i] ?? 0, values[i] ?? 0, last[ref] ?? -1);
    }
    expect(together.length).toBe(apart.length);
    expect(contentOf(together)).toEqual(contentOf(apart));
  });

  test("that stay are numbered anew when whole chunks before them are given up, and no link leads to what is gone", () => {
    const slots = new HeadSlots();
    const end = 2 * CHUNK + 100;
    for (let i = 0; i < end + 300; i++) slots.push(i % 4999 === 0 ? NOW - 90 * DAY : NOW + i, i, i - 200);
    expect(slots.forget(end)).toBe(2 * CHUNK);
    expect(slots.length).toBe(400);
    for (let slot = 100; slot < 400; slot++) {
      const i = slot + 2 * CHUNK;
      expect(slots.timeOf(slot)).toBe(i % 4999 === 0 ? NOW - 90 * DAY : NOW + i);
      expect(slots.valueOf(slot)).toBe(i);
      expect(slots.beforeOf(slot)).toBe(slot < 300 ? -1 : slot - 200);
    }
    expect(slots.forget(slots.length)).toBe(CHUNK);
    expect(slots.length).toBe(0);
    expect(slots.push(NOW + DAY, 1, -1)).toBe(0);
    expect(slots.timeOf(0)).toBe(NOW + DAY);
  });
});

const contentOf = (slots: HeadSlots): readonly (readonly number[])[] =>
  Array.from({ length: slots.length }, (_, slot) => [slots.timeOf(slot), slots.valueOf(slot), slots.beforeOf(slot)]);
