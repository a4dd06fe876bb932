import fc from "fast-check";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessage } from "@sightline/shared/protocol/messages";
import { encodeMessages } from "@sightline/shared/protocol/message-stream";
import { attribute, fixed64, gauge, metric, numberPoint, packed, request, sum, timeOf } from "../ingest/otlp-message.ts";
import { type CROWDS_1, crowd } from "../ingest/crowded-bodies.ts";
import { type Field, double, message, text, varint, zigzag } from "../ingest/protobuf-writer.ts";

/** A well-formed input with a few bytes changed, cut, doubled, or made of numbers that overflow; or nothing but noise. */
export function disturbed(examples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const example = fc.constantFrom(...examples);
  const hostile = fc.constantFrom(
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    [0x80, 0x00],
    [0],
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(example, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
        .map(([bytes, changes]) => changed(bytes, changes)),
    },
    { weight: 2, arbitrary: fc.tuple(example, fc.nat(), hostile).map(([bytes, at, patch]) => patched(bytes, at, patch)) },
    { weight: 1, arbitrary: fc.tuple(example, fc.nat()).map(([bytes, at]) => bytes.slice(0, at % (bytes.length + 1))) },
    {
      weight: 1,
      arbitrary: fc.tuple(example, example, fc.nat()).map(([a, b, at]) => Uint8Array.from([...a.subarray(0, at % (a.length + 1)), ...b])),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  );
}

function changed(bytes: Uint8Array, changes: readonly (readonly [at: number, byte: number])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
  return copy;
}

function patched(bytes: Uint8Array, at: number, patch: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(patch.slice(0, Math.max(0, copy.length - (at % (copy.length + 1)))), at % (copy.length + 1));
  return copy;
}

/** Hundreds of kilobytes that say very little very often, or a few bytes otherwise. */
export function crowded(crowds: typeof CROWDS_1): fc.Arbitrary<Uint8Array> {
  const count = fc.oneof({ weight: 1, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 250_000 }) });
  return fc.tuple(fc.constantFrom(...Object.values(crowds)), count).map(([[within, element], times]) => crowd(within, element, times));
}

/** A megabyte of one piece of a line or of a JSON text after the other, with another before and behind. */
export const crowdedText: fc.Arbitrary<string> = (() => {
  const pieces = [
    'b="",',
    "b=1,",
    ",t=v",
    'a b="',
    "\\",
    '"',
    " ",
    "\n",
    "a",
    "a b=1\n",
    "{},",
    "[",
    "[],",
    '{"a":',
    '"a",',
    "1",
    "-",
    ".",
  ];
  const piece = fc.constantFrom(...pieces);
  const beginning = fc.constantFrom("", "a ", "a", "a b=", '{"metrics":[', '{"resourceMetrics":[', '["');
  const count = fc.integer({ min: 1, max: 200_000 });
  return fc
    .tuple(beginning, piece, count, piece, count)
    .map(([begin, one, times, other, more]) => begin + one.repeat(times) + other.repeat(more));
})();

const batch: SampleBatch = {
  series: Array.from({ length: 4 }, (_, i) => ({
    labels: { __name__: `fuzz_${i % 2}`, host: `h${i}` },
    metadata: { type: i % 2 === 0 ? "gauge" : "counter", unit: "s", help: "of no use" },
    temporality: i === 3 ? ("delta" as const) : ("cumulative" as const),
    timestamps: Float64Array.of(1000, 2000, 3500),
    values: Float64Array.of(i, i + 0.25, Number.NaN),
  })),
};

/** Messages of the frame protocol as a sender and a shard write them. */
export const FRAME_EXAMPLES: readonly Uint8Array[] = (() => {
  const encoder = new FrameEncoder();
  const hello = encodeMessage({ type: "hello", versions: [1], sender: "s", epoch: "e", capabilities: ["x"] });
  return [
    hello,
    encoder.encode("e", 1, batch),
    encoder.encode("e", 2, batch),
    encodeMessage({ type: "welcome", version: 1, durableSeq: 3, archivedSeq: 2, maxFrameBytes: 4096, window: 8 }),
    encodeMessage({ type: "ack", epoch: "e", durableSeq: 5, archivedSeq: 4, window: 8, rejected: { too_old: 3 } }),
    encodeMessage({ type: "error", code: "sequence_gap", message: "no", retryAfterMs: 0, seq: 4 }),
  ];
})();

/** The checksum put right again, so that what lies behind it is reached. */
export function resealed(message: Uint8Array): Uint8Array {
  if (message.length < 5) return message;
  const copy = message.slice();
  new DataView(copy.buffer).setUint32(1, crc32c(copy, 5, copy.length, crc32c(copy, 0, 1)), true);
  return copy;
}

export const BATCH_EXAMPLES: readonly Uint8Array[] = [encodeBatch(batch), encodeBatch({ series: [] }), encodeMessages(FRAME_EXAMPLES)];

const AT = 1_700_000_000_000;
/** Data of a metric with one point and a temporality, `field` by its kind. */
const data = (field: number, temporality: number, ...point: readonly Field[]): Field => [
  field,
  2,
  message([1, 2, message(timeOf(AT), ...point)], [2, 0, varint(temporality)]),
];
const counts = (...values: readonly number[]): Uint8Array => packed(...values.map((value) => fixed64(value)));
const bounds = (...values: readonly number[]): Uint8Array => packed(...values.map((value) => double(value)));
const sideOf = (field: number, offset: number, ...values: readonly number[]): Field => [
  field,
  2,
  message([1, 0, zigzag(offset)], [2, 2, packed(...values.map((value) => varint(value)))]),
];
const histogram = (temporality: number): Field =>
  data(9, temporality, [4, 1, fixed64(6)], [5, 1, double(2.5)], [6, 2, counts(1, 2, 3)], [7, 2, bounds(0.1, 1)], attribute(9, "k", "v"));
const exponential = (scale: number): Field =>
  data(
    10,
    2,
    [4, 1, fixed64(9)],
    [5, 1, double(-1.5)],
    [6, 0, zigzag(scale)],
    [7, 1, fixed64(2)],
    sideOf(8, -3, 1, 0, 3),
    sideOf(9, 4, 3),
    [14, 1, double(0.001)],
  );
const quantileOf = (quantile: number, value: number): Field => [6, 2, message([1, 1, double(quantile)], [2, 1, double(value)])];

export const OTLP_EXAMPLES: readonly Uint8Array[] = [
  request(
    { "service.name": "fuzz" },
    metric("a.b", "s", gauge(numberPoint(AT, 1.5, attribute(7, "k", "v")))),
    metric("c.d", "By", sum(2, true, numberPoint(AT, 3))),
  ),
  ...[histogram(1), histogram(2), exponential(3), exponential(20), exponential(-4)].map((one) =>
    request({ "service.name": "fuzz" }, metric("request.duration", "s", one)),
  ),
  request({}, metric("old.summary", "", data(11, 0, [4, 1, fixed64(6)], [5, 1, double(2.5)], quantileOf(0.5, 1), quantileOf(0.9, 2)))),
];

/** What Prometheus sends to read, unpacked. */
export const READ_EXAMPLES: readonly Uint8Array[] = [0, 1, 2, 3].map((type) =>
  message([
    1,
    2,
    message(
      [1, 0, varint(AT)],
      [2, 0, varint(AT + 60_000)],
      [3, 2, message([1, 0, varint(type)], text(2, "__name__"), text(3, "up|down"))],
      [3, 2, message(text(2, "job"), text(3, ""))],
      [4, 2, message([1, 0, varint(15_000)], text(2, "rate"))],
    ),
  ]),
);

const point = fc.record(
  {
    timeUnixNano: fc.oneof(fc.constant("1700000000000000000"), fc.string(), fc.double()),
    asDouble: fc.oneof(fc.double(), fc.string(), fc.constant(null)),
    asInt: fc.oneof(fc.integer(), fc.string()),
    count: fc.oneof(fc.nat(), fc.string()),
    sum: fc.double(),
    bucketCounts: fc.array(fc.oneof(fc.nat(), fc.string()), { maxLength: 5 }),
    explicitBounds: fc.array(fc.double(), { maxLength: 5 }),
    scale: fc.integer(),
    zeroCount: fc.nat(),
    positive: fc.jsonValue(),
    quantileValues: fc.jsonValue(),
    attributes: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const points = fc.record(
  { dataPoints: fc.array(point, { maxLength: 3 }), aggregationTemporality: fc.oneof(fc.nat(3), fc.string()), isMonotonic: fc.boolean() },
  { requiredKeys: [] },
);

/** OTLP/JSON that has the right shape nearly everywhere. */
export const otlpJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 3,
    arbitrary: fc.record({
      resourceMetrics: fc.array(
        fc.record(
          {
            resource: fc.oneof(fc.jsonValue(), fc.constant({ attributes: [{ key: "service.name", value: { stringValue: "s" } }] })),
            scopeMetrics: fc.array(
              fc.record(
                {
                  metrics: fc.array(
                    fc.record(
                      {
                        name: fc.string(),
                        unit: fc.string(),
                        gauge: points,
                        sum: points,
                        histogram: points,
                        exponentialHistogram: points,
                        summary: points,
                      },
                      { requiredKeys: [] },
                    ),
                    { maxLength: 2 },
                  ),
                },
                { requiredKeys: [] },
              ),
              { maxLength: 2 },
            ),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 2 },
      ),
    }),
  },
);

/** The JSON of /api/v1/ingest, right nearly everywhere. */
export const ingestJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 4,
    arbitrary: fc.record({
      metrics: fc.array(
        fc.record(
          {
            name: fc.oneof(fc.constant("requests"), fc.string()),
            type: fc.oneof(fc.constantFrom("counter", "gauge", "histogram", "summary", "timer", "rate"), fc.string()),
            unit: fc.string(),
            help: fc.string(),
            labels: fc.oneof(fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 }), fc.jsonValue()),
            value: fc.oneof(fc.double(), fc.jsonValue()),
            delta: fc.double(),
            observations: fc.array(fc.oneof(fc.double(), fc.string()), { maxLength: 6 }),
            timestamp: fc.oneof(fc.integer(), fc.double(), fc.string()),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 3 },
      ),
    }),
  },
);

const LINE_ALPHABET = [
  "cpu",
  ",",
  " ",
  "=",
  "\\",
  '"',
  "host",
  "value",
  "1i",
  "1.5",
  "true",
  "\n",
  "#",
  "1700000000000000000",
  "é",
  "\u0000",
  "-",
  "u",
  "e9",
];
export const influxText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...LINE_ALPHABET), { maxLength: 40 }).map((parts) => parts.join("")),
  fc.string({ maxLength: 200, unit: "binary" }),
);
