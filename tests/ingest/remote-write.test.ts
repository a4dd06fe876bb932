import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStale, isStaleAt } from "@sightline/shared/model/sample";
import { decodeBatch, encodeBatch } from "@sightline/shared/protocol/batch";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../../worker/src/ingest/remote-write.ts";
import { concat, double, message, text, varint, zigzag } from "./protobuf-writer.ts";

const label = (name: string, value: string) => message(text(1, name), text(2, value));
const sample = (value: number, t: number) => message([1, 1, double(value)], [2, 0, varint(t)]);

const histogram = message(
  [1, 0, varint(6)],
  [3, 1, double(18.4)],
  [4, 0, zigzag(1)],
  [5, 1, double(0.001)],
  [6, 0, varint(2)],
  [11, 2, message([1, 0, zigzag(0)], [2, 0, varint(2)])],
  [11, 2, message([1, 0, zigzag(1)], [2, 0, varint(1)])],
  [12, 2, concat(zigzag(1), zigzag(1), zigzag(-1))],
  [15, 0, varint(1_700_000_000_000)],
);

describe("remote write 1.0", () => {
  it("gives each series its labels, samples and the metadata of its family", () => {
    const body = message(
      [
        1,
        2,
        message(
          [1, 2, label("__name__", "up")],
          [1, 2, label("job", "node")],
          [2, 2, sample(1, 1_700_000_000_000)],
          [2, 2, sample(0, 1_700_000_015_000)],
        ),
      ],
      [3, 2, message([1, 0, varint(2)], text(2, "up"), text(4, "Scrape worked."), text(5, ""))],
    );
    const decoded = decodeRemoteWrite1(body);
    expect(decoded.ok && decoded.value).toMatchObject({ samples: 2, histograms: 0 });
    const [series] = decoded.ok ? decoded.value.batch.series : [];
    expect(series?.labels).toEqual({ __name__: "up", job: "node" });
    expect([...(series?.timestamps ?? [])]).toEqual([1_700_000_000_000, 1_700_000_015_000]);
    expect([...(series?.values ?? [])]).toEqual([1, 0]);
    expect(series?.metadata).toEqual({ type: "gauge", unit: "", help: "Scrape worked." });
  });

  it("keeps the bits of a stale marker", () => {
    const stale = Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f);
    const body = message([1, 2, message([1, 2, label("__name__", "up")], [2, 2, message([1, 1, stale], [2, 0, varint(5)])])]);
    const decoded = decodeRemoteWrite1(body);
    expect(decoded.ok && isStale(decoded.value.batch.series[0]?.values[0] ?? 0)).toBe(true);
  });

  it("keeps those of the marker that ends a native histogram, whatever sums came before it", () => {
    const whole = message([1, 0, varint(0)], [3, 1, double(10)], [15, 0, varint(4)]);
    const end = message([1, 0, varint(0)], [3, 1, Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f)], [15, 0, varint(5)]);
    const decoded = decodeRemoteWrite1(message([1, 2, message([1, 2, label("__name__", "h")], [4, 2, whole], [4, 2, end])]));
    if (!decoded.ok) throw new Error(decoded.error.message);
    const [series] = decoded.value.batch.series;
    expect([0, 1].map((i) => isStaleAt(series?.values ?? new Float64Array(2), i))).toEqual([false, true]);
    const sent = decodeBatch(encodeBatch(decoded.value.batch));
    expect(sent.ok && isStaleAt(sent.value.series[0]?.values ?? new Float64Array(2), 1)).toBe(true);
  });

  it("reads times before 1970", () => {
    const body = message([1, 2, message([1, 2, label("__name__", "m")], [2, 2, sample(1, -1_500)])]);
    const decoded = decodeRemoteWrite1(body);
    expect(decoded.ok && decoded.value.batch.series[0]?.timestamps[0]).toBe(-1_500);
  });

  it("brings times beyond what a batch can carry to its ends, for the shard to refuse", () => {
    const body = message([1, 2, message([1, 2, label("__name__", "m")], [2, 2, sample(1, 8e15)], [2, 2, sample(1, -8e15)])]);
    const decoded = decodeRemoteWrite1(body);
    if (!decoded.ok) throw new Error(decoded.error.message);
    expect(() => encodeBatch(decoded.value.batch)).not.toThrow();
    expect([...(decoded.value.batch.series[0]?.timestamps ?? [])]).toEqual([2 ** 49 - 1, 1 - 2 ** 49]);
  });

  it("adds up the bucket deltas of a native histogram", () => {
    const body = message([1, 2, message([1, 2, label("__name__", "h")], [4, 2, histogram])]);
    const decoded = decodeRemoteWrite1(body);
    expect(decoded.ok && decoded.value.histograms).toBe(1);
    expect(decoded.ok && decoded.value.batch.series[0]?.histograms?.[0]).toEqual({
      schema: 1,
      count: 6,
      sum: 18.4,
      zeroThreshold: 0.001,
      zeroCount: 2,
      positiveSpans: [
        { offset: 0, length: 2 },
        { offset: 1, length: 1 },
      ],
      positiveBuckets: [1, 2, 1],
      negativeSpans: [],
      negativeBuckets: [],
      counterResetHint: "unknown",
    });
  });

  it.each([
    [1, "reset"],
    [2, "unknown"],
    [3, "gauge"],
  ])("a hint %i of a histogram's counter is %s: that one went on is said of what the sender has, not of what came", (sent, kept) => {
    const hinted = concat(histogram, message([14, 0, varint(sent)]));
    const decoded = decodeRemoteWrite1(message([1, 2, message([1, 2, label("__name__", "h")], [4, 2, hinted])]));
    expect(decoded.ok && decoded.value.batch.series[0]?.histograms?.[0]?.counterResetHint).toBe(kept);
  });

  it("knows the parts of a classic histogram by the metadata of its family", () => {
    const series = message([1, 2, label("__name__", "took_seconds_bucket")], [2, 2, sample(1, 5)]);
    const decoded = decodeRemoteWrite1(
      message([1, 2, series], [3, 2, message([1, 0, varint(3)], text(2, "took_seconds"), text(4, "Time."))]),
    );
    expect(decoded.ok && decoded.value.batch.series[0]?.metadata).toEqual({ type: "histogram", unit: "", help: "Time." });
  });

  it("names what is malformed and keeps nothing", () => {
    const body = message([1, 2, message([1, 2, label("__name__", "up")])]).subarray(0, 10);
    expect(decodeRemoteWrite1(body)).toMatchObject({
      ok: false,
      error: { code: "malformed_protobuf", message: expect.stringMatching(/WriteRequest.*Nothing was kept/) },
    });
  });

  it("answers any bytes with a batch or a refusal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decoded of [decodeRemoteWrite1(bytes), decodeRemoteWrite2(bytes)]) {
          if (!decoded.ok) expect(decoded.error.code).toBe("malformed_protobuf");
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("remote write 2.0", () => {
  const symbols = ["", "__name__", "http_requests_total", "job", "api", "Requests.", "requests"];

  it("finds labels and metadata through the symbol table", () => {
    const series = message(
      [1, 2, concat(varint(1), varint(2), varint(3), varint(4))],
      [2, 2, sample(7, 1_000)],
      [5, 2, message([1, 0, varint(1)], [3, 0, varint(5)], [4, 0, varint(6)])],
    );
    const decoded = decodeRemoteWrite2(message(...symbols.map((symbol) => text(4, symbol)), [5, 2, series]));
    expect(decoded.ok && decoded.value.batch.series[0]).toMatchObject({
      labels: { __name__: "http_requests_total", job: "api" },
      metadata: { type: "counter", unit: "requests", help: "Requests." },
    });
  });

  it("refuses a symbol that is not in the table", () => {
    const decoded = decodeRemoteWrite2(message(text(4, ""), [5, 2, message([1, 2, concat(varint(1), varint(9))])]));
    expect(decoded).toMatchObject({ ok: false, error: { message: expect.stringMatching(/symbol 1 of 1/) } });
  });
});
