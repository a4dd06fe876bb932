import fc from "fast-check";
import type { SampleBatch } from "@sightline/shared/model/sample";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { encodeBatch } from "@sightline/shared/protocol/batch";
import { FrameEncoder } from "@sightline/shared/protocol/frame";
import { encodeMessage } from "@sightline/shared/protocol/messages";
import { encodeMessages } from "@sightline/shared/protocol/message-stream";
import { attribute, gauge, metric, numberPoint, request, sum } from "../ingest/otlp-message.ts";

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

export const OTLP_EXAMPLES: readonly Uint8Array[] = [
  request(
    { "service.name": "fuzz" },
    metric("a.b", "s", gauge(numberPoint(1_700_000_000_000, 1.5, attribute(7, "k", "v")))),
    metric("c.d", "By", sum(2, true, numberPoint(1_700_000_000_000, 3))),
  ),
];

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
