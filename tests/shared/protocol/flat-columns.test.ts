import { ok } from "node:assert";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { FlatColumns } from "@sightline/shared/protocol/flat-columns";
import { FrameDecoder, FrameEncoder } from "@sightline/shared/protocol/frame";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const METADATA = { type: "gauge", unit: "", help: "" } as const;
const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, NaN, 2 ** 50, -(2 ** 50), 2 ** 31, 63, 64, -64, -65, 8191, 2 ** 27, -(2 ** 27)),
);
const series = fc.tuple(fc.nat(3), fc.array(value, { minLength: 1, maxLength: 3 })).map(([clock, values]) => ({
  timestamps: Float64Array.from(values, (_, i) => clock * 1000 + i * 10),
  values: Float64Array.from(values),
}));

const bitsOf = (values: Float64Array): bigint[] => Array.from(new BigUint64Array(values.slice().buffer));

describe("a frame as flat columns", () => {
  test("holds the samples that it holds as columns of series, with all their bits", () => {
    const flat = new FlatColumns();
    fc.assert(
      fc.property(fc.array(series, { minLength: 1, maxLength: 20 }), (all) => {
        const batch = {
          series: all.map((one, i) => ({ ...one, labels: { __name__: `m${i}` }, metadata: METADATA, temporality: "cumulative" as const })),
        };
        const bytes = new FrameEncoder().encode("e", 1, batch);
        const columns = new FrameDecoder().decode(bytes);
        const decoded = new FrameDecoder().decodeFlat(bytes, flat);
        ok(columns.ok && decoded.ok);
        expect(decoded.value.newSeries).toEqual(columns.value.newSeries);
        expect(flat.length).toBe(columns.value.columns.reduce((sum, one) => sum + one.timestamps.length, 0));
        const rows = columns.value.columns.flatMap((one) => bitsOf(one.values).map((bits, i) => `${one.ref} ${one.timestamps[i]} ${bits}`));
        const got = bitsOf(flat.values.subarray(0, flat.length)).map((bits, i) => `${flat.refs[i]} ${flat.times[i]} ${bits}`);
        expect(got.sort()).toEqual(rows.sort());
      }),
      { numRuns: 1000 },
    );
  });

  test("refuses what the columns of series refuse, with the same code", () => {
    const flat = new FlatColumns();
    const batch = {
      series: Array.from({ length: 20 }, (_, i) => ({
        labels: { __name__: `m${i}` },
        metadata: METADATA,
        temporality: "cumulative" as const,
        timestamps: Float64Array.of(1000),
        values: Float64Array.of(i * 1000 + 0.5 * (i % 2)),
      })),
    };
    const bytes = new FrameEncoder().encode("e", 1, batch);
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length - 1), fc.nat(255), (length, at, byte) => {
        const broken = bytes.slice(0, length);
        if (at < length) broken[at] = byte;
        // Sealed again, so that what is inside is read.
        if (length >= 5) new DataView(broken.buffer).setUint32(1, crc32c(broken, 5, broken.length, crc32c(broken, 0, 1)), true);
        const columns = new FrameDecoder().decode(broken);
        const decoded = new FrameDecoder().decodeFlat(broken, flat);
        expect(decoded.ok ? "ok" : decoded.error.code).toBe(columns.ok ? "ok" : columns.error.code);
      }),
      { numRuns: 5000 },
    );
  });
});
