import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeHistograms, encodeHistograms } from "@sightline/shared/encoding/histogram-column";
import { MAX_INTEGER, decodeIntegers, encodeIntegers } from "@sightline/shared/encoding/integer-column";
import { decodePacked, decodePackedInto, encodePacked } from "@sightline/shared/encoding/packed-column";
import { decodeValues, encodeValues } from "@sightline/shared/encoding/value-column";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { STALE_NAN } from "@sightline/shared/model/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

function roundTrip(values: Float64Array): { readonly back: Float64Array; readonly bytes: number } {
  const writer = new ByteWriter();
  encodeValues(writer, values, values.length);
  return { back: decodeValues(new ByteReader(writer.copy()), values.length), bytes: writer.length };
}

const bitsOf = (values: Float64Array): BigUint64Array => new BigUint64Array(values.slice().buffer);

describe("a column of values", () => {
  test("gives back every float with its bits, whatever the floats are", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 400 }), (list) => {
        const values = Float64Array.from(list);
        expect(bitsOf(roundTrip(values).back)).toEqual(bitsOf(values));
      }),
      { numRuns: 400 },
    );
  });

  test("gives back decimals of any scale", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 0, max: 8 }),
        (list, digits) => {
          const values = Float64Array.from(list, (integer) => Number(`${integer}e-${digits}`));
          expect(bitsOf(roundTrip(values).back)).toEqual(bitsOf(values));
        },
      ),
      { numRuns: 400 },
    );
  });

  test("keeps the stale marker apart from an ordinary NaN, and -0 from 0", () => {
    const values = Float64Array.of(1, STALE_NAN, NaN, -0, 0, Infinity, -Infinity, 5e-324, 1.7976931348623157e308);
    expect(bitsOf(roundTrip(values).back)).toEqual(bitsOf(values));
  });

  test("a constant takes nine bytes however long it is", () => {
    expect(roundTrip(new Float64Array(5000).fill(0.1)).bytes).toBe(9);
  });

  test("a counter that grows by about the same takes under a byte a sample", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i * 4096 + (i % 7) * 1024);
    expect(roundTrip(values).bytes / 1000).toBeLessThan(0.6);
  });

  test("a ratio of two decimals takes about a byte a sample", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => Math.round((0.5 + 0.4 * Math.sin(i * 1.7)) * 100) / 100);
    expect(roundTrip(values).bytes / 1000).toBeLessThan(1.2);
  });

  test("bytes that end early are refused, not read past", () => {
    const writer = new ByteWriter();
    encodeValues(
      writer,
      Float64Array.from({ length: 300 }, (_, i) => i * i),
      300,
    );
    const bytes = writer.copy();
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodeValues(new ByteReader(bytes.subarray(0, end)), 300)).toThrow(RangeError);
  });
});

function roundTripPacked(values: Float64Array): { readonly back: Float64Array; readonly bytes: number; readonly ascending: boolean } {
  const writer = new ByteWriter();
  encodePacked(writer, values, values.length);
  const bytes = writer.length;
  writer.u8(0xff);
  const reader = new ByteReader(writer.copy());
  const back = decodePacked(reader, values.length);
  if (values.length > 0) expect(reader.offset).toBe(bytes);
  // Words are read, but none past the end.
  for (const more of [0, 2, 3, 4]) {
    const end = new Uint8Array(bytes + more).fill(0xff);
    end.set(writer.copy().subarray(0, bytes));
    expect(bitsOf(decodePacked(new ByteReader(end), values.length))).toEqual(bitsOf(back));
  }
  // Among other columns, and to a place among other values.
  writer.bytes(new Uint8Array(8).fill(0xff));
  const among = new Float64Array(values.length + 2).fill(7);
  const ascending = decodePackedInto(new ByteReader(writer.copy()), values.length, among, 1);
  expect(bitsOf(among.slice(1, -1))).toEqual(bitsOf(back));
  if (ascending) expect(values.every((value, i) => value >= (values[i - 1] ?? -Infinity))).toBe(true);
  expect([among[0], among.at(-1)]).toEqual([7, 7]);
  return { back, bytes, ascending };
}

describe("a packed column", () => {
  const expectSame = (values: Float64Array): void => {
    expect(bitsOf(roundTripPacked(values).back)).toEqual(bitsOf(values));
  };

  test("gives back every float with its bits, whatever the floats are", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 400 }), (list) => expectSame(Float64Array.from(list))),
      { numRuns: 400 },
    );
    expectSame(Float64Array.of(1, STALE_NAN, NaN, -0, 0, Infinity, -Infinity, 5e-324, 1.7976931348623157e308));
    expectSame(Float64Array.of(0, -0));
    expectSame(Float64Array.from({ length: 400 }, (_, i) => (i < 390 ? STALE_NAN : Math.PI)));
  });

  test("tells of a counter without resets that it ascends, whatever its steps are", () => {
    const counter = (step: (i: number) => number): Float64Array => {
      let value = 17.5;
      return Float64Array.from({ length: 700 }, (_, i) => (value = Math.round((value + step(i)) * 1000) / 1000));
    };
    const steps = [
      (i: number) => i % 7,
      (i: number) => (i % 13) / 8,
      (i: number) => (i % 5) * 2 ** 34,
      (i: number) => (i === 300 ? 3 : (i % 9) * 4096),
      () => 0,
    ];
    for (const step of steps) {
      const values = counter(step);
      expect(roundTripPacked(values).ascending).toBe(true);
      expect(roundTripPacked(values.with(500, (values[499] ?? 0) - 1)).ascending).toBe(false);
      expect(roundTripPacked(values.with(699, NaN)).ascending).toBe(false);
    }
    expect(roundTripPacked(new Float64Array(300).fill(STALE_NAN)).ascending).toBe(false);
  });

  test("gives back decimals, walks and multiples of any width, order and length", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 1, maxLength: 500 }),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(1, 2, 3, 4096, 1000),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 3 }),
        (list, digits, factor, bits, order) => {
          const integers = Float64Array.from(list, (value) => Math.floor(value / 2 ** bits));
          for (let sum = 0; sum < order; sum++)
            for (let i = 1; i < integers.length; i++) integers[i] = ((integers[i] ?? 0) + (integers[i - 1] ?? 0)) % 2 ** 49;
          expectSame(integers.map((value) => Number(`${value * factor}e-${digits}`)));
        },
      ),
      { numRuns: 600 },
    );
  });

  test("multiples that began at an odd number cost what multiples cost", () => {
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let value = 500_123;
    const values = Float64Array.from({ length: 100 }, () => (value = Math.max(0, value + Math.floor((random() - 0.5) * 8192) * 4096)));
    expectSame(values);
    expect(roundTripPacked(values).bytes / 100).toBeLessThan(1.8);
  });

  test("two bytes for a small constant, whatever its length; a few bytes for a steady clock", () => {
    expect(roundTripPacked(new Float64Array(8192).fill(1)).bytes).toBe(2);
    expect(roundTripPacked(Float64Array.from({ length: 100 }, (_, i) => 1_760_000_000_000 + i * 15_000)).bytes).toBeLessThan(14);
  });

  test("bytes that end early are refused, and others give a refusal or numbers, never a crash", () => {
    const writer = new ByteWriter();
    const values = Float64Array.from({ length: 300 }, (_, i) => i * i * 4096 + (i === 7 ? 1 : 0));
    encodePacked(writer, values, 300);
    const bytes = writer.copy();
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodePacked(new ByteReader(bytes.subarray(0, end)), 300)).toThrow(RangeError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        try {
          expect(decodePacked(new ByteReader(noise), 300)).toHaveLength(300);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

describe("a column of integers", () => {
  const upToTheBound = fc.oneof(fc.integer({ min: -MAX_INTEGER, max: MAX_INTEGER }), fc.constantFrom(MAX_INTEGER, -MAX_INTEGER, 0));

  test("gives back every integer up to its bound", () => {
    fc.assert(
      fc.property(fc.array(upToTheBound, { maxLength: 300 }), (list) => {
        const writer = new ByteWriter();
        encodeIntegers(writer, Float64Array.from(list), list.length);
        expect(Array.from(decodeIntegers(new ByteReader(writer.copy()), list.length), (value) => value + 0)).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  test("times of a steady clock cost a few bytes for any number of samples", () => {
    const writer = new ByteWriter();
    const times = Float64Array.from({ length: 720 }, (_, i) => 1_760_000_000_000 + i * 10_000);
    encodeIntegers(writer, times, times.length);
    expect(writer.length).toBeLessThan(40);
  });
});

describe("a column of histograms", () => {
  const histogram = (count: number, buckets: readonly number[]): NativeHistogram => ({
    schema: 3,
    count,
    sum: count * 0.25,
    zeroThreshold: 2 ** -128,
    zeroCount: 1,
    positiveSpans: [{ offset: -4, length: buckets.length }],
    positiveBuckets: buckets,
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  });

  test("gives back histograms whose buckets change on the way", () => {
    const list = [
      histogram(3, [1, 2]),
      histogram(7, [3, 4]),
      histogram(9, [3, 4, 2]),
      { ...histogram(2, []), schema: -53, customValues: [0.1, 1] },
    ];
    const writer = new ByteWriter();
    encodeHistograms(writer, list);
    expect(decodeHistograms(new ByteReader(writer.copy()), list.length)).toEqual(list);
  });
});
