import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { packBits, packedBytes } from "@sightline/shared/encoding/bit-packing";
import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { type ColumnEncoder, decodePacked, encodeColumn } from "@sightline/shared/encoding/packed-column";
import { compileKernel } from "../../scripts/build-kernel.mjs";
import { createColumnEncoder } from "../../worker/src/kernel/create-column-encoder.ts";
import { SeriesStore } from "../../worker/src/storage/series-store.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { BOUNDS, NOON, refOf } from "./open-store.ts";

let kernel: ColumnEncoder = encodeColumn;
beforeAll(async () => {
  kernel = createColumnEncoder(await compileKernel());
  expect(kernel).not.toBe(encodeColumn);
});

const bytesOf = (encode: ColumnEncoder, values: Float64Array, from: number, to: number): string => {
  const writer = new ByteWriter();
  writer.u8(7);
  encode(writer, values, from, to);
  return Buffer.from(writer.view()).toString("hex");
};
const bitsOf = (values: Float64Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");
/** The same bytes from both, which give back the bits they were given and leave nothing over. */
const expectSame = (values: Float64Array, from = 0, to = values.length): void => {
  const bytes = bytesOf(kernel, values, from, to);
  expect(bytes).toBe(bytesOf(encodeColumn, values, from, to));
  const reader = new ByteReader(Buffer.from(bytes, "hex").subarray(1));
  expect(bitsOf(decodePacked(reader, to - from))).toBe(bitsOf(values.subarray(from, to)));
  expect(reader.remaining).toBe(0);
};

/** Floats by their bits, so that NaNs have payloads: 0x7ff0000000000002 is the stale marker. */
const bits = fc.oneof(
  fc.constantFrom(0x7ff0000000000002n, 0x7ff8000000000001n, 0xfff8000000000000n, 0x8000000000000000n, 0x7ff0000000000000n, 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const floatOf = (pattern: bigint): Float64Array => new Float64Array(BigUint64Array.of(pattern).buffer);

/** Sums of sums of integers of any size, multiples of a factor that begin at an odd number, as decimals. */
const decimals = fc
  .tuple(
    fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 500 }),
    fc.integer({ min: -22, max: 31 }),
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom(1, 1, 2, 3, 1000, 4096, 12_288, 2 ** 32, 2 ** 32 + 2),
    fc.integer({ min: 0, max: 16 }),
    fc.constantFrom(0, 0, 1, 5),
    fc.constantFrom(2 ** 49, 2 ** 50, 2 ** 51, 2 ** 53),
  )
  .map(([list, shift, order, factor, digits, odd, bound]) => {
    const values = Float64Array.from(list, (value, i) => Math.floor(value / 2 ** shift) * factor * (i % 3 === 0 ? -1 : 1));
    for (let sum = 0; sum < order; sum++)
      for (let i = 1; i < values.length; i++) values[i] = ((values[i] ?? 0) + (values[i - 1] ?? 0)) % bound;
    for (let i = 0; i < odd; i++) values[(i * 37) % values.length] = (values[(i * 37) % values.length] ?? 0) + i + 1;
    return values.map((value) => Number(`${value}e-${digits}`));
  });

/** A value every so often in a column: markers in a gauge, resets of a counter, one number of another kind. */
const strewn = fc.tuple(decimals, bits, fc.integer({ min: 1, max: 600 })).map(([values, pattern, every]) => {
  for (let i = every - 1; i < values.length; i += every) values.set(floatOf(pattern), i);
  return values;
});

const runs = fc
  .array(fc.tuple(bits, fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 12 })
  .map((list) => Float64Array.from(list.flatMap(([pattern, length]) => Array.from({ length }, () => floatOf(pattern)[0] ?? 0))));

const times = fc
  .tuple(fc.constantFrom(1, 1000, 15_000), fc.array(fc.oneof(fc.nat(3), fc.constant(0), fc.nat(100_000)), { maxLength: 400 }))
  .map(([interval, jitter]) => {
    let t = 1_790_000_000_000;
    return Float64Array.from(jitter, (late) => (t += interval + late));
  });

const column = fc.oneof(
  decimals,
  strewn,
  runs,
  times,
  fc.array(fc.double(), { maxLength: 400 }).map((list) => Float64Array.from(list)),
  fc.array(bits, { maxLength: 200 }).map((list) => new Float64Array(BigUint64Array.from(list).buffer)),
);

describe("the kernel packs a column", () => {
  test("to the bytes of its twin, whatever the column, and wherever it lies among others", () => {
    fc.assert(
      fc.property(column, fc.nat(), fc.nat(), (values, a, b) => {
        expectSame(values);
        const from = a % (values.length + 1);
        expectSame(values, from, from + (b % (values.length - from + 1)));
      }),
      { numRuns: 3000 },
    );
  });

  test("of every length around a group and the longest that a chunk has, and leaves longer ones to its twin", () => {
    for (const length of [0, 1, 2, 3, 127, 128, 129, 130, 256, 257, 258, 385, 8191, 8192, 8193, 20_000]) {
      expectSame(Float64Array.from({ length }, (_, i) => i * 15_000 + (i % 11)));
      expectSame(Float64Array.from({ length }, (_, i) => i * i));
      expectSame(Float64Array.from({ length }, (_, i) => Math.sqrt(i)));
      expectSame(Float64Array.from({ length }, (_, i) => (i % 2 === 0 ? -1 : 1) * (2 ** 50 - i)));
      expectSame(new Float64Array(length).fill(0.1));
    }
  });

  test("of values that leap between the greatest integers of either sign, where second differences are widest", () => {
    for (const greatest of [2 ** 50, 2 ** 50 - 1, 2 ** 50 - 2, 2 ** 50 + 1]) {
      for (const scale of [1, 10]) {
        for (const leaps of [3, 4, 127, 128, 129, 130]) {
          for (const length of [leaps, leaps + 1, leaps + 127, leaps + 1500]) {
            let value = greatest;
            let step = 0;
            expectSame(
              Float64Array.from({ length }, (_, i) => {
                if (i >= leaps) value += step -= 1;
                return (i >= leaps ? value : i % 2 === 0 ? -greatest : greatest) / scale;
              }),
            );
          }
        }
      }
    }
  });

  test("and a blob from before 2^50 was refused is read, whose second differences take 54 bits", () => {
    const greatest = 2 ** 50;
    const seconds = Float64Array.of(-4 * greatest, 4 * greatest, -4 * greatest);
    const writer = new ByteWriter();
    writer.u8(2 | 64);
    writer.zigzag(-greatest);
    writer.zigzag(2 * greatest);
    writer.zigzag(-4 * greatest);
    writer.u8(54);
    packBits(seconds, 0, 3, -4 * greatest, 1, 54, writer.extend(packedBytes(3, 54)));
    expect([...decodePacked(new ByteReader(writer.copy()), 5)]).toEqual([-greatest, greatest, -greatest, greatest, -greatest]);
  });

  test("of multiples of which a few began at odd numbers", () => {
    for (const odd of [1, 3, 16, 17]) {
      let sum = 12_345;
      const values = Float64Array.from(
        { length: 900 },
        (_, i) => (sum += 4096 * ((i * 7919) % 64_000) - 4096 * 30_000 + (i % 50 === 9 && i < 50 * odd ? 7 + i : 0)),
      );
      expectSame(values);
      expectSame(values.map((value) => value / 100));
    }
  });

  test("of halves that lie just beside where rounding turns", () => {
    for (const value of [
      0.49999999999999994,
      0.5,
      -0.5,
      1.5,
      -1.5,
      2.5,
      4503599627370495.5,
      -4503599627370495.5,
      2 ** 50,
      2 ** 50 + 1,
      1e22,
      -0,
      5e-324,
    ])
      for (const power of [1, 10, 1000, 1e15]) expectSame(Float64Array.of(1, value / power, 3, value));
  });
});

test("what a flush and the merge of its day write is the same with and without the kernel", () => {
  const written = [undefined, kernel].map((encode) => {
    const database = new NodeDatabase();
    const store = new SeriesStore(database, BOUNDS, NOON, encode);
    const midnight = NOON + 12 * 3_600_000;
    for (let flush = 0; flush < 6; flush++) {
      for (let i = 0; i < 150; i++)
        for (let series = 0; series < 40; series++) {
          // The twentieth comes backwards now and then, the thirtieth ends and begins.
          const t = midnight - 3_600_000 + (flush * 150 + i) * 7000 + (series === 20 && i % 9 === 0 ? -9000 : 0);
          const value =
            series === 30 && i % 40 === 0
              ? Number.NaN
              : series % 3 === 0
                ? i * series
                : Math.round(Math.sin(i) * 1000) / 10 ** (series % 4);
          store.append(refOf(store, `m${series % 4}`, { series: String(series) }), t, series % 7 === 0 ? value * Math.PI : value, t);
        }
      store.flush(midnight + flush, () => undefined);
    }
    const later = midnight + 172_800_000;
    for (let steps = 0; steps < 10_000 && store.compactor.dueAt(later) <= later; steps++) store.compactor.step(later);
    const names = database.all<{ name: string }>("SELECT name FROM sqlite_master WHERE name GLOB 'run_*' ORDER BY name");
    expect(names.length).toBeGreaterThan(1);
    return names.map(({ name }) => [
      name,
      database
        .all<{ id: number; body: Uint8Array }>(`SELECT id, body FROM ${name} ORDER BY id`)
        .map(({ id, body }) => [id, Buffer.from(body).toString("hex")]),
    ]);
  });
  expect(written[1]).toEqual(written[0]);
});
