import { quantileOf, quantileOfSorted } from "@sightline/shared/promql/functions/quantile";
import fc from "fast-check";
import { expect, test } from "vitest";

const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double(), fc.constant(NaN));

test("a quantile found by parting is the one of sorted values, NaN before all of them", () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
      // Zeros of either sign are equal here as in Go's sort.
      const values = Float64Array.from(list, (one) => one + 0);
      const nans = values.filter((one) => one !== one).length;
      const sorted = values.slice().sort();
      expect(quantileOf(q, values)).toBe(quantileOfSorted(q, sorted, values.length - nans, nans));
      expect(values.sort()).toEqual(sorted);
    }),
    { numRuns: 1000 },
  );
});
