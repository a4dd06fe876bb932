import type { SampleBatch } from "@sightline/shared/model/sample";
import { FrameDecoder, FrameEncoder } from "@sightline/shared/protocol/frame";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryBatch, bitsOf, gauge } from "./arbitrary-batch.ts";

const second = (t: number, ...names: string[]): SampleBatch => ({ series: names.map((name, i) => gauge(name, [t], [i + 0.5])) });

describe("frames of one connection", () => {
  test("name a series once and then refer to it", () => {
    const encoder = new FrameEncoder();
    const decoder = new FrameDecoder();
    const first = decoder.decode(encoder.encode("e", 1, second(1000, "a", "b")));
    const next = decoder.decode(encoder.encode("e", 2, second(2000, "b", "c")));
    expect(first.ok && first.value.newSeries.map((series) => [series.ref, series.labels["__name__"]])).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
    expect(next.ok && next.value.newSeries.map((series) => series.ref)).toEqual([2]);
    expect(next.ok && next.value.columns.map((column) => [column.ref, column.timestamps[0], column.values[0]])).toEqual([
      [1, 2000, 0.5],
      [2, 2000, 1.5],
    ]);
  });

  test("a hundred known gauges a second travel in under ten bytes a sample", () => {
    const encoder = new FrameEncoder();
    const names = Array.from({ length: 100 }, (_, i) => `metric_${i}`);
    encoder.encode("e", 1, second(1_700_000_000_000, ...names));
    expect(encoder.encode("e", 2, second(1_700_000_001_000, ...names)).length).toBeLessThan(1000 + 64);
  });

  test("carry any batch, bit for bit", () => {
    fc.assert(
      fc.property(fc.array(arbitraryBatch, { maxLength: 4 }), (batches) => {
        const encoder = new FrameEncoder();
        const decoder = new FrameDecoder();
        const labels = new Map<number, unknown>();
        for (const [i, batch] of batches.entries()) {
          const frame = decoder.decode(encoder.encode("epoch", i + 1, batch));
          if (!frame.ok) throw new Error(frame.error.message);
          for (const series of frame.value.newSeries) labels.set(series.ref, series.labels);
          const sent = batch.series.map((series) => [
            series.labels,
            Array.from(series.timestamps),
            bitsOf(series.values),
            series.histograms,
          ]);
          const got = frame.value.columns.map((column) => [
            labels.get(column.ref),
            Array.from(column.timestamps),
            bitsOf(column.values),
            column.histograms,
          ]);
          expect(got).toHaveLength(sent.length);
          for (const one of sent) expect(got).toContainEqual(one);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("cut at any byte is refused as a value", () => {
    const bytes = new FrameEncoder().encode("e", 1, second(1000, "a", "b"));
    for (let length = 0; length < bytes.length; length++) {
      const decoded = new FrameDecoder().decode(bytes.subarray(0, length));
      expect(decoded.ok ? "decoded" : decoded.error.code).toMatch(/truncated|checksum_mismatch/);
    }
  });

  test("a flipped bit anywhere is always caught", () => {
    const bytes = new FrameEncoder().encode("e", 1, second(1000, "a", "b"));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoded = new FrameDecoder().decode(damaged);
      expect(decoded.ok ? "decoded" : decoded.error.code).toBe("checksum_mismatch");
    }
  });

  test("a refused frame leaves the dictionary as it was, so the same frame sent again is taken", () => {
    const decoder = new FrameDecoder();
    const bytes = new FrameEncoder().encode("e", 1, second(1000, "a"));
    const damaged = bytes.slice();
    damaged[damaged.length - 1] = 0xaa;
    expect(decoder.decode(damaged).ok).toBe(false);
    expect(decoder.decode(bytes).ok).toBe(true);
  });

  test("after the server's object slept and lost its dictionary, the next frame is `unknown_ref`, and a reset encoder is understood", () => {
    const encoder = new FrameEncoder();
    const awake = new FrameDecoder();
    awake.decode(encoder.encode("e", 1, second(1000, "a")));
    const asleep = new FrameDecoder();
    for (const [seq, batch] of [second(2000, "a"), second(3000, "b")].entries()) {
      const decoded = asleep.decode(encoder.encode("e", seq + 2, batch));
      expect(decoded.ok ? null : decoded.error.code).toBe("unknown_ref");
    }
    encoder.reset();
    expect(asleep.decode(encoder.encode("e", 2, second(2000, "a"))).ok).toBe(true);
  });

  test("a decoder told how many series its table still knows goes on without a new dictionary", () => {
    const encoder = new FrameEncoder();
    encoder.encode("e", 1, second(1000, "a", "b"));
    expect(new FrameDecoder(2).decode(encoder.encode("e", 2, second(2000, "b"))).ok).toBe(true);
  });

  test("say which frame is the oldest their sender still has", () => {
    const decoded = new FrameDecoder().decode(new FrameEncoder().encode("e", 9, second(1000, "a"), 7));
    expect(decoded.ok && [decoded.value.epoch, decoded.value.seq, decoded.value.oldestSeq]).toEqual(["e", 9, 7]);
  });
});
