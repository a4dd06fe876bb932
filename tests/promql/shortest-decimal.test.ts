import fc from "fast-check";
import { expect, test } from "vitest";
import { putShortest } from "@sightline/shared/promql/json/shortest-decimal";

const bytes = new Uint8Array(64);
const view = new DataView(bytes.buffer);

/** Null where it leaves the number to others. */
function written(value: number): string | null {
  bytes.fill(0x78);
  const end = putShortest(bytes, view, 7, [value], 0);
  return end === 7 ? null : new TextDecoder().decode(bytes.subarray(7, end));
}

const agrees = (value: number): boolean => [null, String(value)].includes(written(value));

/** The float that is so many floats further. */
function beside(value: number, floats: number): number {
  const own = new DataView(new ArrayBuffer(8));
  own.setFloat64(0, value);
  own.setBigInt64(0, own.getBigInt64(0) + BigInt(floats));
  return own.getFloat64(0);
}

test("what rates, means and shares come to is written as JavaScript writes it", () => {
  const values = [
    1 / 3,
    2 / 3,
    0.1,
    0.3,
    0.1 + 0.2,
    481 / 3600,
    27.7,
    1e-6,
    5e-6,
    0.000123,
    1234567.891,
    9007199254740994,
    1e15,
    12e15,
    99999999999999984,
  ];
  expect(values.map(written)).toEqual(values.map(String));
  expect(values.map((value) => written(-value))).toEqual(values.map((value) => String(-value)));
});

test("any float is written as JavaScript writes it or not at all", () => {
  const scaled = fc.tuple(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: -15, max: 8 })).map(([n, e]) => Number(`${n}e${e}`));
  const shares = fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 20 })).map(([a, b]) => a / b);
  const any = fc.tuple(fc.oneof(scaled, shares, fc.double(), fc.double({ min: 1e-7, max: 1e18 })), fc.integer({ min: -3, max: 3 }));
  fc.assert(
    fc.property(any, ([value, floats]) => agrees(value) && agrees(-value) && agrees(beside(value, floats))),
    { seed: 1, numRuns: 20_000 },
  );
  for (let e = -20; e < 57; e++) for (const floats of [-2, -1, 0, 1, 2]) expect(agrees(beside(2 ** e, floats))).toBe(true);
  for (let e = -6; e < 18; e++) for (const floats of [-2, -1, 0, 1, 2]) expect(agrees(beside(Number(`1e${e}`), floats))).toBe(true);
});

test("hardly any is left to others", () => {
  let left = 0;
  for (let n = 1; n <= 100_000; n++) if (written(n / 3599) === null) left++;
  expect(left).toBeLessThan(30);
  for (const value of [0, -0, NaN, Infinity, -Infinity, 1e-7, 1e17, 5e-324, Number.MAX_VALUE, 0.25]) expect(written(value)).toBeNull();
});
