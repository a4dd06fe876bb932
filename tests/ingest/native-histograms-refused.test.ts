/** Native histograms that contradict themselves: refused as Prometheus refuses them (model/histogram, `Validate`), one by one. */
import { describe, expect, it, test } from "vitest";
import type { BucketSpan, NativeHistogram } from "@sightline/shared/model/histogram";
import { judgeHistogram, judgeObservations } from "@sightline/shared/protocol/judge-histogram";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";
import { decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../../worker/src/ingest/remote-write.ts";
import { NOON } from "../storage/open-store.ts";
import { CONTEXT, openShard, stored } from "../storage/shard-fixture.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { fixed64, metric, packed, request, timeOf } from "./otlp-message.ts";
import { type Field, concat, double, message, text, varint, zigzag } from "./protobuf-writer.ts";

const span = (offset: number, length: number): Uint8Array => message([1, 0, zigzag(offset)], [2, 0, varint(length)]);
const count = (of: number): Field => [1, 0, varint(of)];
const deltas = (...of: readonly number[]): Field => [12, 2, concat(...of.map(zigzag))];

/** Six observations: two in the zero bucket, 1, 2 and 1 in three others. */
const SIX: readonly Field[] = [
  count(6),
  [3, 1, double(18.4)],
  [4, 0, zigzag(1)],
  [5, 1, double(0.001)],
  [6, 0, varint(2)],
  [11, 2, span(0, 2)],
  [11, 2, span(1, 1)],
  deltas(1, 1, -1),
  [15, 0, varint(NOON)],
];
/** Four in the second and third of three buckets. */
const CUSTOM: readonly Field[] = [
  count(4),
  [3, 1, double(9)],
  [4, 0, zigzag(-53)],
  [11, 2, span(1, 2)],
  deltas(3, -2),
  [16, 2, concat(double(1), double(2))],
  [15, 0, varint(NOON)],
];
/** Fractions, as a recording rule gives. */
const FLOATS: readonly Field[] = [
  [2, 1, double(2.5)],
  [3, 1, double(1)],
  [4, 0, zigzag(0)],
  [7, 1, double(0.5)],
  [11, 2, span(0, 2)],
  [13, 2, concat(double(1), double(1.5))],
  [15, 0, varint(NOON)],
];
const without = (fields: readonly Field[], ...numbers: readonly number[]): readonly Field[] =>
  fields.filter(([field]) => !numbers.includes(field));

const KEPT: readonly (readonly [what: string, fields: readonly Field[]])[] = [
  ["whole counts that add up", SIX],
  ["observations that are no number, which no bucket has", [...without(SIX, 1, 3), count(9), [3, 1, double(NaN)]]],
  ["custom bounds", CUSTOM],
  ["fractions that do not quite add up", FLOATS],
  ["a float histogram without buckets", without(FLOATS, 7, 11, 13)],
  [
    "the marker of an end",
    [
      [3, 1, Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f)],
      [15, 0, varint(NOON)],
    ],
  ],
];

const REFUSED: readonly (readonly [what: string, words: RegExp, fields: readonly Field[]])[] = [
  ["a count below its buckets", /5 observations by its count and 6 in its buckets/, [...without(SIX, 1), count(5)]],
  ["a count above its buckets", /7 observations by its count and 6 in its buckets/, [...without(SIX, 1), count(7)]],
  ["no count", /0 observations by its count and 6/, without(SIX, 1)],
  ["a count below its buckets though not all is a number", /5 observations/, [...without(SIX, 1, 3), count(5), [3, 1, double(NaN)]]],
  ["spans that say more buckets than there are", /3 positive buckets where its spans say 4/, [...SIX, [11, 2, span(0, 1)]]],
  ["spans that go back", /spans that go back/, [...without(SIX, 11), [11, 2, span(5, 2)], [11, 2, span(-3, 1)]]],
  ["a span of four billion buckets", /beyond 32-bit indexes/, [...SIX, [11, 2, span(0, 4_294_967_295)]]],
  ["a bucket of less than nothing", /positive bucket of -1/, [...without(SIX, 12), deltas(1, -2, 6)]],
  ["a negative bucket of less than nothing", /negative bucket of -1/, [...SIX, [8, 2, span(0, 1)], [9, 0, zigzag(-1)]]],
  ["a float bucket of less than nothing", /positive bucket of -1/, [...without(FLOATS, 13), [13, 2, concat(double(1), double(-1))]]],
  ["a float count of less than nothing", /counts less than nothing/, [...without(FLOATS, 2), [2, 1, double(-2)]]],
  ["a schema that is none", /schema 99/, [...SIX, [4, 0, zigzag(99)]]],
  ["a schema coarser than any", /schema -5/, [...SIX, [4, 0, zigzag(-5)]]],
  ["custom bounds under another schema", /custom bounds/, [...SIX, [16, 1, double(1)]]],
  ["custom bounds that fall", /do not rise/, [...without(CUSTOM, 16), [16, 2, concat(double(2), double(1))]]],
  ["custom bounds that are equal", /do not rise/, [...without(CUSTOM, 16), [16, 2, concat(double(2), double(2))]]],
  ["a custom bound that is no number", /do not rise/, [...without(CUSTOM, 16), [16, 2, concat(double(1), double(NaN))]]],
  ["a last custom bound of +Inf", /end in \+Inf/, [...without(CUSTOM, 16), [16, 2, concat(double(1), double(Infinity))]]],
  ["more buckets than custom bounds", /bucket 3 beside 1 custom bounds/, [...without(CUSTOM, 16), [16, 2, double(1)]]],
  ["custom bounds and a zero bucket", /zero bucket/, [...without(CUSTOM, 1), count(5), [6, 0, varint(1)]]],
  ["custom bounds and a zero threshold", /zero bucket, or a threshold/, [...CUSTOM, [5, 1, double(0.5)]]],
  ["custom bounds and negative buckets", /negative buckets/, [...CUSTOM, [8, 2, span(0, 1)], [9, 0, zigzag(0)]]],
  ["a bucket before the first custom bound", /before the first/, [...without(CUSTOM, 11), [11, 2, span(-1, 2)]]],
];

type Series = readonly [name: string, ...fields: readonly Field[]];

function write1(...series: readonly Series[]): Uint8Array {
  const label = (name: string): Uint8Array => message(text(1, "__name__"), text(2, name));
  return message(...series.map(([name, ...fields]): Field => [1, 2, message([1, 2, label(name)], ...fields)]));
}

function write2(...series: readonly Series[]): Uint8Array {
  const symbols = ["", "__name__", ...series.map(([name]) => name)];
  const own = (fields: readonly Field[]): Field[] => fields.map(([field, type, bytes]) => [field === 4 ? 3 : field, type, bytes]);
  return message(
    ...symbols.map((symbol) => text(4, symbol)),
    ...series.map(([, ...fields], i): Field => [5, 2, message([1, 2, concat(varint(1), varint(i + 2))], ...own(fields))]),
  );
}

const VERSIONS = [
  { version: 1, encode: write1, decode: decodeRemoteWrite1 },
  { version: 2, encode: write2, decode: decodeRemoteWrite2 },
] as const;

describe.each(VERSIONS)("remote write of version $version", ({ version, encode, decode }) => {
  const native = (fields: readonly Field[]): Field => [4, 2, message(...fields)];
  const sample = (value: number): Field => [2, 2, message([1, 1, double(value)], [2, 0, varint(NOON)])];

  it.each(KEPT)("keeps %s", (_, fields) => {
    expect(decode(encode(["h", native(fields)]))).toMatchObject({ ok: true, value: { histograms: 1, refused: { count: 0, first: null } } });
  });

  it.each(REFUSED)("refuses %s, and keeps what else its series has", (_, words, fields) => {
    const decoded = decode(encode(["h", native(SIX), native(fields)], ["broken", native(fields)]));
    const first = { code: "bad_histogram", message: expect.stringMatching(words) };
    expect(decoded).toMatchObject({ ok: true, value: { histograms: 1, refused: { count: 2, first } } });
    expect(decoded.ok && decoded.value.refused.first?.message).toMatch(/^a sample of \{__name__="h"\}|^a sample of h/);
  });

  it("counts in the shard what it refuses, tells of the first and keeps the rest of the request", async () => {
    const { core } = openShard(new NodeDatabase());
    const [, , broken] = REFUSED[0] ?? ["", /./, []];
    const body = storedSnappy(encode(["plain", sample(1)], ["h", native(broken)], ["g", native(broken), native(SIX)], ["late", sample(2)]));
    expect(await core.appendRemoteWrite(CONTEXT, body, version)).toMatchObject({
      ok: true,
      value: {
        accepted: 3,
        written: { samples: 2, histograms: 1, exemplars: 0 },
        rejected: [{ code: "bad_histogram", message: expect.stringMatching(/\bh\b.*5 observations.*dropped/) }],
      },
    });
    expect(core.writer.counts).toEqual({ bad_histogram: 2 });
    expect([stored(core, "plain"), stored(core, "late")]).toEqual([[[NOON, 1]], [[NOON, 2]]]);
    expect(core.store.index.refsOfMetric("h")).toHaveLength(0);
  });

  it("brings a schema finer than 8 down to it, as Prometheus does", () => {
    // Buckets -3 to 5 of schema 10, whose upper bounds are those of 0, 0, 0, 0, 1, 1, 1, 1 and 2 of schema 8.
    const fine: readonly Field[] = [
      count(9),
      [3, 1, double(9)],
      [4, 0, zigzag(10)],
      [11, 2, span(-3, 9)],
      deltas(1, 0, 0, 0, 0, 0, 0, 0, 0),
    ];
    const decoded = decode(encode(["h", native([...fine, [15, 0, varint(NOON)]])]));
    expect(decoded.ok && decoded.value.batch.series[0]?.histograms?.[0]).toMatchObject({
      schema: 8,
      count: 9,
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: [4, 4, 1],
    });
  });
});

describe("OTLP", () => {
  const buckets = (...counts: readonly number[]) => message([1, 0, zigzag(0)], [2, 2, packed(...counts.map(varint))]);
  const point = (observed: number, sum: number, ...counts: readonly number[]): Field => [
    1,
    2,
    message(
      timeOf(NOON),
      [4, 1, fixed64(observed)],
      [5, 1, double(sum)],
      [6, 0, zigzag(3)],
      [7, 1, fixed64(1)],
      [8, 2, buckets(...counts)],
    ),
  ];
  const decode = (...points: readonly Field[]) =>
    decodeOtlpProtobuf(request({}, metric("latency", "s", [10, 2, message(...points, [2, 0, varint(2)])])), NOON);

  it("refuses a point whose count is not that of its buckets, and keeps the others", () => {
    expect(decode(point(4, 1, 1, 2), point(5, 1, 1, 2), point(9, NaN, 1, 2))).toMatchObject({
      ok: true,
      value: { points: 2, rejectedPoints: 1, reason: expect.stringMatching(/latency: .*5 observations by its count and 4 in its buckets/) },
    });
  });
});

test("counts beyond 2^53, which are rounded, need not be equal to the last digit", () => {
  const spans: BucketSpan[] = [{ offset: 0, length: 3 }];
  const of = (positiveBuckets: readonly number[], all: number): NativeHistogram => ({
    schema: 0,
    count: all,
    sum: 1,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: spans,
    positiveBuckets,
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  });
  const huge = 2 ** 60;
  expect(judgeHistogram(of([1, 1, huge], huge))).toBeNull();
  expect(judgeObservations(of([1, 1, huge], huge + 256))).toBeNull();
  expect(judgeObservations(of([1, 1, huge], huge * 2))).not.toBeNull();
  expect(judgeObservations(of([1, 1, 2 ** 40], 2 ** 40 + 1))).not.toBeNull();
});
