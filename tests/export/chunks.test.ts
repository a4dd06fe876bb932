import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import { putStale } from "@sightline/shared/model/sample";
import { readHistogramChunk } from "../../agent/src/import/tsdb/histogram-chunk.ts";
import { readXorChunk } from "../../agent/src/import/tsdb/xor-chunk.ts";
import { ChunkedFrames } from "../../worker/src/export/chunked-read.ts";
import { floatHistogramChunk } from "../../worker/src/export/float-histogram-chunk.ts";
import { xorChunk } from "../../worker/src/export/xor-chunk.ts";
import { NOON } from "../storage/open-store.ts";
import { HISTOGRAM } from "../storage/shard-fixture.ts";
import { readChunkedAnswer } from "../support/chunked-read.ts";

const bits = (values: Float64Array): string[] =>
  Array.from(new BigUint64Array(values.buffer, values.byteOffset, values.length), (word) => word.toString(16));

const value = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: 1000, max: 1010 }).map((n) => n / 10),
  fc.constant("stale" as const),
);
const apart = fc.oneof(
  fc.constant(15_000),
  fc.integer({ min: 1, max: 20_000 }),
  fc.integer({ min: 1, max: 2_000_000 }),
  fc.integer({ min: 1, max: 2 ** 40 }),
);

describe("chunks as Prometheus has them", () => {
  it("floats come back bit by bit, whatever they are and however far apart", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 41), max: 2 ** 41 }),
        fc.array(fc.tuple(apart, value), { minLength: 1, maxLength: 150 }),
        (start, all) => {
          const timestamps = new Float64Array(all.length);
          const values = new Float64Array(all.length);
          let t = start;
          for (const [i, [delta, one]] of all.entries()) {
            timestamps[i] = t += delta;
            if (one === "stale") putStale(values, i);
            else values[i] = one;
          }
          const read = readXorChunk(xorChunk(timestamps, values, 0, all.length));
          expect([...read.timestamps]).toEqual([...timestamps]);
          expect(bits(read.values as Float64Array<ArrayBuffer>)).toEqual(bits(values));
        },
      ),
    );
  });

  it("steady samples of a gauge take two bytes each, and of one that stands still a quarter of one", () => {
    const timestamps = Float64Array.from({ length: 120 }, (_, i) => NOON + i * 15_000);
    const steps = Float64Array.from(timestamps, (_, i) => 100 + (i % 7));
    expect(xorChunk(timestamps, steps, 0, 120).length).toBeLessThan(240);
    expect(xorChunk(timestamps, new Float64Array(120).fill(3), 0, 120).length).toBeLessThan(50);
  });

  it("histograms come back with all that they are", () => {
    const grown = (h: NativeHistogram, by: number): NativeHistogram => ({
      ...h,
      count: h.count + by,
      sum: h.sum + by / 3,
      positiveBuckets: h.positiveBuckets.map((count) => count + by),
    });
    const layouts: NativeHistogram[] = [
      HISTOGRAM,
      { ...HISTOGRAM, zeroThreshold: 0, counterResetHint: "reset" },
      { ...HISTOGRAM, zeroThreshold: 0.001, negativeSpans: [{ offset: -70_000, length: 2 }], negativeBuckets: [0.25, 1e9] },
      { ...HISTOGRAM, zeroThreshold: 2 ** -128, counterResetHint: "gauge" },
      {
        ...HISTOGRAM,
        schema: -53,
        zeroThreshold: 0,
        positiveSpans: [{ offset: 0, length: 3 }],
        positiveBuckets: [1, 2, 3],
        customValues: [0.005, 2.5, 40_000, 1 / 3],
      },
    ];
    for (const first of layouts) {
      const following = first.counterResetHint === "gauge" ? "gauge" : "not_reset";
      const all = [first, ...[1, 2.5, 300].map((by): NativeHistogram => ({ ...grown(first, by), counterResetHint: following }))];
      const times = all.map((_, i) => NOON + i * i * 15_000);
      const read = readHistogramChunk(3, floatHistogramChunk(times, all));
      expect([...read.timestamps]).toEqual(times);
      expect(read.histograms).toEqual(all);
    }
  });

  it("a chunk ends where the next histogram could not be read from it", () => {
    const later = (more: Partial<NativeHistogram>): NativeHistogram => ({ ...HISTOGRAM, ...more });
    const cuts: readonly (readonly [string, NativeHistogram, number])[] = [
      ["the same again", later({}), 1],
      ["with other buckets", later({ schema: HISTOGRAM.schema - 1 }), 2],
      ["a gauge's", later({ counterResetHint: "gauge" }), 2],
      ["after a reset that is known", later({ counterResetHint: "reset" }), 2],
      ["after one that is seen", later({ count: HISTOGRAM.count - 1 }), 2],
      ["less, and no reset", later({ count: HISTOGRAM.count - 1, counterResetHint: "not_reset" }), 1],
    ];
    for (const [name, next, chunks] of cuts) {
      const frames = new ChunkedFrames(3);
      const piece = {
        labels: { __name__: "latency" },
        timestamps: Float64Array.of(NOON, NOON + 1000),
        values: new Float64Array(2),
        histograms: [
          { ...HISTOGRAM, counterResetHint: "unknown" as const },
          next.counterResetHint === HISTOGRAM.counterResetHint ? { ...next, counterResetHint: "unknown" as const } : next,
        ],
      };
      const sent = [...frames.of(piece), ...frames.end()];
      const [answer] = sent.flatMap((bytes) => readChunkedAnswer(bytes));
      expect([name, answer?.query, answer?.chunks.length]).toEqual([name, 3, chunks]);
    }
  });

  it("floats among histograms are chunks of their own, and a long series goes on in another frame", () => {
    const n = 200_000;
    const labels = { __name__: "noise" };
    const piece = {
      labels,
      timestamps: Float64Array.from({ length: n }, (_, i) => NOON + i * 1000),
      values: Float64Array.from({ length: n }, (_, i) => Math.sin(i)),
      histograms: Array.from({ length: n }, (_, i) => (i === 130 ? HISTOGRAM : undefined)),
    };
    const frames = new ChunkedFrames(0);
    const sent = [...frames.of(piece), ...frames.end()].map((bytes) => ({ bytes: bytes.length, answer: readChunkedAnswer(bytes) }));
    expect(sent.length).toBeGreaterThan(1);
    for (const { bytes } of sent) expect(bytes).toBeLessThan(1_100_000);
    const chunks = sent.flatMap(({ answer }) => answer.flatMap((one) => one.chunks));
    expect(chunks.slice(0, 4).map(({ type, samples }) => [type, samples.timestamps.length])).toEqual([
      [1, 120],
      [1, 10],
      [3, 1],
      [1, 120],
    ]);
    expect(chunks.flatMap(({ samples }) => [...samples.timestamps])).toEqual([...piece.timestamps]);
  });
});
