import { ByteReader } from "@sightline/shared/encoding/byte-reader";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { decodeDecimalList, encodeDecimalList } from "@sightline/shared/encoding/decimal-list";
import { STALE_NAN } from "@sightline/shared/model/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IndexedSeries } from "../../worker/src/storage/series-index.ts";
import { decodeSeriesColumns, encodeSeriesColumns } from "../../worker/src/storage/series-columns.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const seriesList = fc
  .array(
    fc.record({
      // The door lets no label of this name in: an object cannot hold it.
      labels: fc.dictionary(
        text.filter((name) => name !== "__proto__"),
        text,
        { maxKeys: 5, noNullPrototype: true },
      ),
      metadata: fc.record({ type: fc.constantFrom("unknown", "counter", "gauge", "histogram", "summary"), unit: text, help: text }),
      temporality: fc.constantFrom("cumulative", "delta"),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.map((one, at): IndexedSeries => ({ ...one, ref: at * 3 })));

describe("definitions of series by columns", () => {
  test("come back as they were, whatever labels there are", () => {
    fc.assert(
      fc.property(seriesList, (list) => {
        const back = decodeSeriesColumns(encodeSeriesColumns(list)).sort((a, b) => a.ref - b.ref);
        expect(back).toEqual(list);
      }),
    );
  });

  test("ten thousand series of eight labels take at most ten bytes each", () => {
    let state = 1;
    const pick = (count: number): number => (state = (state * 48_271) % 2_147_483_647) % count;
    const list = Array.from({ length: 10_000 }, (_, ref): IndexedSeries => ({
      ref,
      labels: {
        __name__: `metric_${pick(100)}_total`,
        env: "production",
        handler: `/api/v1/items/${pick(50)}`,
        instance: `10.0.0.${pick(200)}:9100`,
        job: `job-${pick(8)}`,
        method: ["GET", "POST", "PUT"][pick(3)] ?? "",
        region: ["eu-west-1", "us-east-1"][pick(2)] ?? "",
        shard: `s${pick(200)}`,
      },
      metadata: { type: "counter", unit: "", help: "" },
      temporality: "cumulative",
    }));
    const bytes = encodeSeriesColumns(list);
    expect(bytes.length / list.length).toBeLessThan(10);
    expect(decodeSeriesColumns(bytes)).toEqual(list);
  });
});

test("a list of unrelated floats comes back with every bit", () => {
  const expectSame = (values: Float64Array): void => {
    const writer = new ByteWriter();
    encodeDecimalList(writer, values);
    const back = decodeDecimalList(new ByteReader(writer.copy()), values.length);
    expect(new BigUint64Array(back.buffer)).toEqual(new BigUint64Array(values.slice().buffer));
  };
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.double(),
          fc.integer(),
          fc.integer().map((value) => value / 1000),
        ),
      ),
      (list) => {
        expectSame(Float64Array.from(list));
      },
    ),
  );
  expectSame(Float64Array.of(-Infinity, STALE_NAN, -0, 0, 1_760_000_000_000, 2 ** 52, 0.1));
});
