import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { STALE_NAN } from "@sightline/shared/model/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnBytes, readColumns, writeColumns } from "../../worker/src/storage/wal-columns.ts";

interface Row {
  readonly ref: number;
  readonly t: number;
  readonly value: number;
}

function written(rows: readonly Row[]): Uint8Array {
  const bytes = new Uint8Array(columnBytes(rows.length));
  const refs = Int32Array.from(rows, ({ ref }) => ref);
  const times = Float64Array.from(rows, ({ t }) => t);
  const values = Float64Array.from(rows, ({ value }) => value);
  return bytes.subarray(0, writeColumns(bytes, 0, refs, times, values, 0, rows.length));
}

const bitsOf = (values: Float64Array): BigUint64Array => new BigUint64Array(values.slice().buffer);

const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((whole) => whole / 1000),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, STALE_NAN, 2 ** 31, -(2 ** 31), 2 ** 46, 2 ** 46 - 1, 1e21, 5e-324, 0.1, 0.0001),
);
const row = fc.record({ ref: fc.integer({ min: 0, max: 2 ** 31 - 2 }), t: fc.integer({ min: -(2 ** 48), max: 2 ** 48 }), value });
const scrape = fc
  .tuple(fc.nat(1000), fc.nat(50), fc.nat(2 ** 41), fc.array(value, { maxLength: 50 }))
  .map(([first, , t, values]) => values.map((one, i) => ({ ref: first + i, t, value: one })));

describe("samples of a WAL record", () => {
  test("come back with all their bits, in any order and of any value", () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(row, { maxLength: 200 }), scrape), (rows) => {
        const bytes = written(rows);
        const reader = new ByteReader(bytes);
        const columns = readColumns(reader, bytes);
        expect(reader.remaining).toBe(0);
        expect(Array.from(columns.refs)).toEqual(rows.map(({ ref }) => ref));
        expect(Array.from(columns.times)).toEqual(rows.map(({ t }) => t));
        expect(bitsOf(columns.values)).toEqual(bitsOf(Float64Array.from(rows, (one) => one.value)));
      }),
      { numRuns: 2000 },
    );
  });

  test("bytes that are no columns are refused, never read beyond their end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const reader = new ByteReader(bytes);
          readColumns(reader, bytes);
          expect(reader.offset).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("a scrape takes about four bytes a sample", () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({
      ref: i,
      t: 1_795_176_000_000,
      value: i % 2 === 0 ? 500_000 + i * 37 : 12.345 + i,
    }));
    expect(written(rows).length / rows.length).toBeLessThan(4);
  });
});
