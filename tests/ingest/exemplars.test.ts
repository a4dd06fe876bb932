import { describe, expect, it } from "vitest";
import { decodeOtlpJson, decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { decodeRemoteWrite1 } from "../../worker/src/ingest/remote-write.ts";
import { NOON } from "../storage/open-store.ts";
import { attribute, fixed64, metric, packed, request, sum, timeOf } from "./otlp-message.ts";
import { type Field, double, message, text, varint } from "./protobuf-writer.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const exemplar = (field: number, ms: number, value: number, ...attributes: readonly Field[]): Field => [
  field,
  2,
  message([2, 1, fixed64(BigInt(ms) * 1_000_000n)], [3, 1, double(value)], [4, 2, bytesOf(SPAN)], [5, 2, bytesOf(TRACE)], ...attributes),
];

describe("exemplars on their way in", () => {
  it("of remote write 1.0 belong to their series", () => {
    const label = (name: string, value: string): Uint8Array => message(text(1, name), text(2, value));
    const series = message(
      [1, 2, label("__name__", "requests_total")],
      [2, 2, message([1, 1, double(7)], [2, 0, varint(NOON)])],
      [3, 2, message([1, 2, label("trace_id", "abc")], [2, 1, double(0.25)], [3, 0, varint(NOON - 5)])],
    );
    const decoded = decodeRemoteWrite1(message([1, 2, series]));
    expect(decoded.ok && decoded.value.exemplars).toBe(1);
    expect(decoded.ok && decoded.value.batch.exemplars).toEqual([
      { labels: { __name__: "requests_total" }, exemplars: [{ labels: { trace_id: "abc" }, value: 0.25, t: NOON - 5 }] },
    ]);
  });

  it("of an OTLP counter carry its trace, its span and what was filtered out of its attributes", () => {
    const point: Field = [1, 2, message(timeOf(NOON), [4, 1, double(3)], exemplar(5, NOON - 7, 1.5, attribute(7, "user.id", "u1")))];
    const decoded = decodeOtlpProtobuf(request({ "service.name": "shop" }, metric("orders", "", sum(2, true, point))), NOON);
    expect(decoded.ok && decoded.value.batch.exemplars).toEqual([
      {
        labels: expect.objectContaining({ __name__: "orders_total", job: "shop" }) as object,
        exemplars: [{ labels: { user_id: "u1", trace_id: TRACE, span_id: SPAN }, value: 1.5, t: NOON - 7 }],
      },
    ]);
  });

  it("of an OTLP histogram belong to the bucket their value falls into", () => {
    const point = message(
      timeOf(NOON),
      [4, 1, fixed64(3)],
      [5, 1, double(60.5)],
      [6, 2, packed(fixed64(1), fixed64(1), fixed64(1))],
      [7, 2, packed(double(1), double(10))],
      exemplar(8, NOON, 0.5),
      exemplar(8, NOON, 10),
      exemplar(8, NOON, 50),
    );
    const decoded = decodeOtlpProtobuf(request({}, metric("took", "s", [9, 2, message([1, 2, point], [2, 0, varint(2)])])), NOON);
    expect(decoded.ok && decoded.value.batch.exemplars?.map(({ labels, exemplars }) => [labels["le"], exemplars[0]?.value])).toEqual([
      ["1", 0.5],
      ["10", 10],
      ["+Inf", 50],
    ]);
  });

  it("of OTLP in JSON likewise; attributes that would make one too long are left out, the trace stays", () => {
    const exemplars = [
      {
        timeUnixNano: `${NOON}000000`,
        asInt: "4",
        traceId: TRACE,
        spanId: SPAN,
        filteredAttributes: [{ key: "q", value: { stringValue: "x".repeat(200) } }],
      },
    ];
    const dataPoints = [{ timeUnixNano: `${NOON}000000`, asDouble: 9, exemplars }];
    const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "depth", gauge: { dataPoints } }] }] }] };
    const decoded = decodeOtlpJson(body, NOON);
    expect(decoded.ok && decoded.value.batch.exemplars?.[0]?.exemplars).toEqual([
      { labels: { trace_id: TRACE, span_id: SPAN }, value: 4, t: NOON },
    ]);
  });
});
