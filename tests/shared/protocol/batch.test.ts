import { STALE_NAN, isStale } from "@sightline/shared/model/sample";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryBatch, bitsOf, gauge, histogram, plain } from "./arbitrary-batch.ts";

describe("a batch between two objects", () => {
  test("comes out as it went in, whatever it holds", () => {
    fc.assert(
      fc.property(arbitraryBatch, (batch) => {
        const decoded = decodeBatch(encodeBatch(batch));
        expect(decoded.ok && plain(decoded.value)).toEqual(plain(batch));
      }),
      { numRuns: 300 },
    );
  });

  test("keeps the bits of the stale marker, of infinities and of minus zero", () => {
    const odd = Float64Array.of(0, Infinity, -Infinity, -0, 0, Number.NaN);
    // Straight into the typed array: a plain array of doubles canonicalises its NaNs.
    odd[0] = STALE_NAN;
    const decoded = decodeBatch(encodeBatch({ series: [{ ...gauge("odd", [1, 2, 3, 4, 5, 6], []), values: odd }] }));
    if (!decoded.ok) throw new Error(decoded.error.message);
    const values = decoded.value.series[0]?.values ?? new Float64Array();
    expect(bitsOf(values)).toEqual(bitsOf(odd));
    expect(isStale(values[0] ?? 0)).toBe(true);
    expect(isStale(values[5] ?? 0)).toBe(false);
  });

  test("gives a histogram back with its layout, and a plain sample beside it", () => {
    const series = { ...gauge("h", [1, 2, 3], [0, 7, 0]), histograms: [histogram, undefined, { ...histogram, count: 13.5 }] };
    const decoded = decodeBatch(encodeBatch({ series: [series] }));
    expect(decoded.ok && plain(decoded.value)).toEqual(plain({ series: [series] }));
  });

  test("writes shared timestamps once: a hundred more series at the same second cost no second clock", () => {
    const times = Array.from({ length: 60 }, (_, i) => 1_700_000_000_000 + i * 1000);
    const many = (count: number) => ({
      series: Array.from({ length: count }, (_, i) =>
        gauge(
          `m${i}`,
          times,
          times.map(() => 1),
        ),
      ),
    });
    const perSeries = (encodeBatch(many(101)).length - encodeBatch(many(1)).length) / 100;
    expect(perSeries).toBeLessThan(60);
  });

  test("cut at any byte is refused as a value, never as an exception", () => {
    const bytes = encodeBatch({ series: [gauge("a", [1, 2], [1.5, 2.5]), { ...gauge("h", [1], [0]), histograms: [histogram] }] });
    for (let length = 0; length < bytes.length; length++) expect(decodeBatch(bytes.subarray(0, length)).ok).toBe(false);
  });

  test("garbage is refused as a value", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        const bytes = Uint8Array.of(1, ...garbage);
        const decoded = decodeBatch(bytes);
        expect(decoded.ok ? "decoded" : decoded.error.code).toMatch(/decoded|truncated|malformed|limit_exceeded/);
      }),
      { numRuns: 1000 },
    );
  });

  test("of a later version is refused by name", () => {
    const bytes = encodeBatch({ series: [] });
    bytes[0] = 9;
    const decoded = decodeBatch(bytes);
    expect(decoded.ok ? null : decoded.error.code).toBe("unsupported_version");
  });

  test("a few bytes cannot ask for gigabytes", () => {
    // 4,000 timestamps of a byte each, shared by 3,000 constant columns: 9 M samples out of 40 KB.
    const times = Array.from({ length: 3000 }, (_, i) => i);
    const series = Array.from({ length: 4000 }, () =>
      gauge(
        "x",
        times,
        times.map(() => 1),
      ),
    );
    const decoded = decodeBatch(encodeBatch({ series }));
    expect(decoded.ok ? null : decoded.error.code).toBe("limit_exceeded");
  });

  test("more than thirty labels, or a label of more than its bytes, is refused in words", () => {
    const labelled = (labels: Record<string, string>) => {
      const decoded = decodeBatch(encodeBatch({ series: [{ ...gauge("x", [1], [1]), labels }] }));
      return decoded.ok ? "taken" : decoded.error.code;
    };
    const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, "v"]));
    expect(labelled({ __name__: "x", ...labels(30) })).toBe("taken");
    expect(labelled({ __name__: "x", ...labels(31) })).toBe("limit_exceeded");
    expect(labelled({ ["n".repeat(129)]: "v" })).toBe("limit_exceeded");
    expect(labelled({ name: "v".repeat(1025) })).toBe("limit_exceeded");
    expect(labelled({ name: "v".repeat(1024) })).toBe("taken");
  });
});
