import fc from "fast-check";
import { expect, test } from "vitest";
import { stableOrder } from "../../worker/src/storage/stable-order.ts";

const ordered = (times: readonly number[]): number[] => times.map((_, i) => i).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);

test("any times are ordered as a stable sort orders them: of equal ones the first written comes first", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 }), (times) => {
      // What lies behind `length` is room, and no sample.
      const room = Float64Array.from([...times, -1, -2]);
      expect(Array.from(stableOrder(room, times.length))).toEqual(ordered(times));
    }),
  );
});

test("stretches that ascend, in whatever order they were written", () => {
  const stretches = [50, 0, 100, 25, 75].flatMap((first) => Array.from({ length: 30 }, (_, i) => first + i));
  expect(Array.from(stableOrder(Float64Array.from(stretches), stretches.length))).toEqual(ordered(stretches));
});
