import { describe, expect, it } from "vitest";
import { parseJson } from "../../worker/src/http/json-body.ts";
import { decodeLineProtocol } from "../../worker/src/ingest/influx/line-protocol.ts";
import { decodeOtlpJson, decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../../worker/src/ingest/remote-write.ts";
import { CROWDS_1, CROWDS_2, CROWDS_OTLP, crowd } from "./crowded-bodies.ts";

const NOW = 1_700_000_000_000;
const series = (text: string) => {
  const decoded = decodeLineProtocol(text, "ns", NOW);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
};

describe("a few bytes that ask for much", () => {
  it.each([
    ["resources", 50_001, "too_many_resources"],
    ["scopes", 50_001, "too_many_scopes"],
    ["metrics", 200_001, "too_many_metrics"],
    ["points", 200_001, "too_many_points"],
    ["attributes of a resource", 2_000_001, "too_many_labels"],
    ["values of a list", 2_000_001, "too_many_labels"],
    ["packed buckets", 4_000_001, "too_many_buckets"],
  ])("OTLP %s, %i of them, are refused as %s before they are made", (kind, count, code) => {
    const [within, element] = CROWDS_OTLP[kind] ?? [[], []];
    const refusal = decodeOtlpProtobuf(crowd(within, element, count), NOW);
    expect(refusal).toMatchObject({ ok: false, error: { code, message: expect.stringContaining("Nothing was kept; send it in parts") } });
    // The bound itself is taken; where it is of millions, a smaller one says so.
    expect(decodeOtlpProtobuf(crowd(within, element, Math.min(count - 1, 200_000)), NOW).ok).toBe(true);
  });

  it.each([
    [decodeRemoteWrite1, CROWDS_1, "empty series"],
    [decodeRemoteWrite2, CROWDS_2, "empty series"],
    [decodeRemoteWrite1, CROWDS_1, "series of one empty label"],
  ] as const)("series without samples are nothing, be they millions", (decode, crowds, kind) => {
    const [within, element] = crowds[kind] ?? [[], []];
    const decoded = decode(crowd(within, element, kind === "empty series" ? 3_000_000 : 200_000));
    expect(decoded.ok && decoded.value.batch).toEqual({ series: [], exemplars: [] });
  });

  it.each([
    ["series of one empty sample", 200_001, "too_many_series", decodeRemoteWrite1, CROWDS_1],
    ["series of one empty label", 200_001, "too_many_series", decodeRemoteWrite1, CROWDS_1],
    ["empty metadata", 100_001, "too_many_metric_families", decodeRemoteWrite1, CROWDS_1],
    ["empty samples", 2_000_001, "too_many_samples", decodeRemoteWrite1, CROWDS_1],
    ["empty histograms", 200_001, "too_many_native_histograms", decodeRemoteWrite1, CROWDS_1],
    ["labels of an exemplar", 2_000_001, "too_many_labels", decodeRemoteWrite1, CROWDS_1],
    ["empty labels", 4097, "malformed_protobuf", decodeRemoteWrite1, CROWDS_1],
    ["buckets of a histogram", 300_000, "malformed_protobuf", decodeRemoteWrite1, CROWDS_1],
    ["symbols", 1_000_001, "too_many_symbols", decodeRemoteWrite2, CROWDS_2],
    ["empty samples", 2_000_001, "too_many_samples", decodeRemoteWrite2, CROWDS_2],
  ] as const)("remote write: a crowd of %s, %i, is %s", (kind, count, code, decode, crowds) => {
    const [within, element] = crowds[kind] ?? [[], []];
    expect(decode(crowd(within, element, count))).toMatchObject({ ok: false, error: { code } });
  });

  it("exemplars of remote write beyond what a store keeps are left out", () => {
    const [within, element] = CROWDS_1["empty exemplars"] ?? [[], []];
    const decoded = decodeRemoteWrite1(crowd(within, element, 100_001));
    expect(decoded.ok && [decoded.value.exemplars, decoded.value.batch.exemplars?.[0]?.exemplars.length]).toEqual([100_000, 100_000]);
  });

  it("OTLP in JSON has the same bounds", () => {
    const resourceMetrics = Array.from({ length: 50_001 }, () => ({}));
    expect(decodeOtlpJson({ resourceMetrics }, NOW)).toMatchObject({ ok: false, error: { code: "too_many_resources" } });
  });

  it("a scope with more attributes than a series takes refuses all of its points, and is looked at once", () => {
    const attributes = Array.from({ length: 100_000 }, (_, i) => ({ key: `a${i}`, value: { stringValue: "v" } }));
    const dataPoints = Array.from({ length: 100_000 }, () => ({ asInt: 1 }));
    const decoded = decodeOtlpJson(
      { resourceMetrics: [{ scopeMetrics: [{ scope: { attributes }, metrics: [{ name: "m", gauge: { dataPoints } }] }] }] },
      NOW,
    );
    expect(decoded).toMatchObject({
      ok: true,
      value: { points: 0, rejectedPoints: 100_000, reason: expect.stringContaining("at most 30") },
    });
  });

  it("a value of megabytes on many series is refused without being gone through for each", () => {
    const attributes = [{ key: "a", value: { stringValue: "x".repeat(8_000_000) } }];
    const dataPoints = Array.from({ length: 100_000 }, () => ({ asInt: 1 }));
    const named = { resource: { attributes: [{ key: "host.name", value: attributes[0]?.value }] } };
    const metrics = [{ name: "m", gauge: { dataPoints } }];
    expect(decodeOtlpJson({ resourceMetrics: [{ ...named, scopeMetrics: [{ metrics }] }] }, NOW)).toMatchObject({
      ok: true,
      value: { rejectedPoints: 100_000 },
    });
  });

  it("exemplars of a histogram find their buckets, however many there are of both", () => {
    const explicitBounds = Array.from({ length: 50_000 }, (_, i) => i);
    const exemplars = Array.from({ length: 50_000 }, (_, i) => ({ asDouble: 49_999 - i - 0.5, traceId: `t${i}` }));
    const point = { count: 1, sum: 1, explicitBounds, bucketCounts: [...explicitBounds.map(() => 0), 1], exemplars };
    const decoded = decodeOtlpJson(
      {
        resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", histogram: { aggregationTemporality: 2, dataPoints: [point] } }] }] }],
      },
      NOW,
    );
    const found = decoded.ok ? (decoded.value.batch.exemplars ?? []) : [];
    expect(found.length).toBe(50_000);
    for (const { labels, exemplars: its } of found) expect(Math.max(0, Math.ceil(its[0]?.value ?? NaN))).toBe(Number(labels["le"]));
  });

  it("exemplars beyond what a store keeps are left out, and the points stay", () => {
    const exemplars = Array.from({ length: 100_001 }, (_, i) => ({ asDouble: i }));
    const decoded = decodeOtlpJson(
      { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: [{ asInt: 1, exemplars }] } }] }] }] },
      NOW,
    );
    const kept = decoded.ok ? (decoded.value.batch.exemplars ?? []).flatMap((one) => one.exemplars) : [];
    expect([kept.length, decoded.ok && decoded.value.points]).toEqual([100_000, 1]);
  });

  it("JSON of more lists and objects than any sender has is not parsed", () => {
    const codeOf = (text: string): unknown => {
      try {
        parseJson(text);
        return "parsed";
      } catch (error) {
        return error instanceof Error && "failure" in error ? error.failure : error;
      }
    };
    expect(codeOf(`[${"[],".repeat(2_000_000)}1]`)).toMatchObject({ code: "too_many_values" });
    expect(codeOf("[".repeat(2_000_001))).toMatchObject({ code: "too_many_values" });
    expect(codeOf(`[${"[],".repeat(999_999)}1]`)).toBe("parsed");
    expect(codeOf(`[${"[],".repeat(999_999)}`)).toMatchObject({ code: "malformed_json" });
    expect(codeOf(`"${"a".repeat(31_000_000)}`)).toMatchObject({ code: "malformed_json" });
  });
});

describe("line protocol of one long line", () => {
  it("with sixty thousand texts before a long rest is read once", () => {
    const line = `a ${'b="",'.repeat(60_000)}c="${"x".repeat(8_000_000)}",d=1`;
    expect(series(line)).toMatchObject({ textFields: 60_001, samples: 1, refused: [] });
  });

  it("line breaks inside texts are counted where they stand", () => {
    const decoded = series('a b="\n\n",c="x",d="\n"\na e=\nf g="",h="\n"\nbad');
    expect(decoded.refused.map(({ line }) => line)).toEqual([5, 8]);
  });

  it("of more fields than anything has is refused, and the next line is read", () => {
    const decoded = series(`a ${"b=1,".repeat(65_536)}c=1\nd value=1`);
    expect(decoded.refused).toMatchObject([{ line: 1, message: expect.stringContaining("more than 65536 fields") }]);
    expect(decoded.batch.series.map(({ labels }) => labels)).toEqual([{ __name__: "d" }]);
  });

  it("of more tags than anything has is refused", () => {
    expect(series(`a${",t=v".repeat(1025)} b=1`).refused[0]?.message).toContain("more than 1024 tags");
  });

  it("whose tags no series may have is refused once, not for each of its fields", () => {
    const decoded = series(`a,t=${"x".repeat(8_000_000)} ${Array.from({ length: 20_000 }, (_, i) => `f${i}=1`).join(",")}`);
    expect(decoded.refused).toMatchObject([{ message: expect.stringContaining("longer than 1024 bytes") }]);
  });

  it("that never ends its measurement is refused in words", () => {
    expect(series("x".repeat(31_000_000)).refused[0]?.message).toContain("a space and then fields must follow");
  });

  it("a body of which fifty thousand lines and more cannot be read is refused whole", () => {
    expect(series("a b=1,\n".repeat(50_000)).refusedLines).toBe(50_000);
    const refusal = decodeLineProtocol(`good value=1\n${"a b=1,\n".repeat(50_001)}`, "ns", NOW);
    expect(refusal).toMatchObject({
      ok: false,
      error: { code: "too_many_bad_lines", message: expect.stringContaining("a field's name is missing") },
    });
  });

  it("a field that a point has twice brings both values, of which the store keeps the last", () => {
    expect([...(series("a b=1,b=2").batch.series[0]?.values ?? [])]).toEqual([1, 2]);
  });
});
