/** Remote-write messages in every layout that the wire format allows, and some that it does not. */
import fc from "fast-check";
import { concat, varint } from "./protobuf-writer.ts";

/** A varint with bytes that say nothing behind it: longer than it must be, the same number. */
const padded = (value: bigint | number, padding: number): Uint8Array => {
  const bytes = [...varint(value)];
  const extra = Math.min(padding, 10 - bytes.length);
  for (let i = 0; i < extra; i++) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(0);
  }
  return Uint8Array.from(bytes);
};

const padding = fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }));
const bytesField = (field: number, payload: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(payload, padding, padding)
    .map(([bytes, tag, length]) => concat(padded(field * 8 + 2, tag), padded(bytes.length, length), bytes));
const varintField = (field: number, value: fc.Arbitrary<bigint | number>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(value, padding, padding).map(([number, tag, more]) => concat(padded(field * 8, tag), padded(number, more)));

const unknownField = fc.oneof(
  varintField(19, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  bytesField(20, fc.uint8Array({ maxLength: 9 })),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => concat(varint(21 * 8 + 1), bytes)),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => concat(varint(22 * 8 + 5), bytes)),
);

/** What no valid message holds: another wire type, field 0, a group, a length that runs away, bytes that are not UTF-8. */
const brokenField = fc
  .oneof(
    fc.constantFrom([0x00], [0x0b], [0x0c], [0x08, 0x01], [0x0d, 1, 2, 3, 4], [0x15, 1, 2, 3, 4], [0x10, 0xff], [0x12, 0x7f], [0x0e, 0]),
    fc.constantFrom(
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x0a, 0x05, 0x0a, 0x03, 0xed, 0xa0, 0x80],
    ),
    fc.constantFrom([0x98, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], [0x82, 0x80, 0x80, 0x80, 0x10, 0x00]),
  )
  .map((bytes) => Uint8Array.from(bytes));

const text = fc.constantFrom(
  "",
  "__name__",
  "job",
  "instance",
  "up",
  "a",
  "ü",
  "日本",
  "🙂",
  "http_requests_total",
  "x".repeat(130),
  "y".repeat(3_900),
  "__proto__",
);
const someText = fc.oneof({ weight: 12, arbitrary: text.filter((value) => value.length < 1000) }, { weight: 1, arbitrary: text });
const encoder = new TextEncoder();

/** Most often few: label sets come again, in other layouts. */
const labelField = bytesField(
  1,
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(
          bytesField(
            1,
            someText.map((t) => encoder.encode(t)),
          ),
          bytesField(
            2,
            someText.map((t) => encoder.encode(t)),
          ),
        )
        .map((parts) => concat(...parts)),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(
          fc.oneof(
            bytesField(
              1,
              someText.map((t) => encoder.encode(t)),
            ),
            bytesField(
              2,
              someText.map((t) => encoder.encode(t)),
            ),
            unknownField,
          ),
          { maxLength: 4 },
        )
        .map((parts) => concat(...parts)),
    },
  ),
);

const STALE = Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f);
const valueField = fc
  .oneof(fc.constant(STALE), fc.uint8Array({ minLength: 8, maxLength: 8 }))
  .map((bytes) => concat(Uint8Array.of(0x09), bytes));
const time = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1_790_000_000_000n, 1_790_000_015_000n) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -300n, max: 300n }) },
);
const timeField = varintField(2, time);
const sampleField = bytesField(
  2,
  fc.oneof(
    { weight: 8, arbitrary: fc.tuple(valueField, timeField).map((parts) => concat(...parts)) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.oneof(valueField, timeField, unknownField, varintField(3, time)), { maxLength: 4 })
        .map((parts) => concat(...parts)),
    },
  ),
);

/** Parts in order, or in any. */
const layout = (parts: fc.Arbitrary<readonly Uint8Array[]>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 5, arbitrary: parts.map((list) => concat(...list)) },
    {
      weight: 1,
      arbitrary: parts.chain((list) => fc.shuffledSubarray([...list], { minLength: list.length })).map((list) => concat(...list)),
    },
  );

const rarely = (arbitrary: fc.Arbitrary<Uint8Array>, weight: number): fc.Arbitrary<readonly Uint8Array[]> =>
  fc.oneof({ weight, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: arbitrary.map((field) => [field]) });

const series1 = bytesField(
  1,
  layout(
    fc
      .tuple(
        fc.array(labelField, { maxLength: 4 }),
        fc.oneof(
          { weight: 25, arbitrary: fc.array(sampleField, { minLength: 1, maxLength: 3 }) },
          { weight: 1, arbitrary: fc.constant([]) },
        ),
        rarely(unknownField, 10),
        rarely(fc.oneof(bytesField(4, fc.constant(new Uint8Array(0))), bytesField(3, fc.constant(new Uint8Array(0)))), 80),
        rarely(brokenField, 120),
      )
      .map((parts) => parts.flat()),
  ),
);

/** `prometheus.WriteRequest`. */
export const message1: fc.Arbitrary<Uint8Array> = layout(
  fc
    .tuple(
      fc.array(series1, { maxLength: 6 }),
      rarely(unknownField, 10),
      rarely(bytesField(3, fc.constant(new Uint8Array(0))), 60),
      rarely(brokenField, 60),
    )
    .map((parts) => parts.flat()),
);

const SYMBOLS = ["", "__name__", "up", "job", "node", "ü", "help me", "seconds", "z".repeat(40)];
const ref = fc.oneof(
  { weight: 400, arbitrary: fc.integer({ min: 0, max: SYMBOLS.length - 1 }) },
  { weight: 1, arbitrary: fc.constantFrom(99, 2 ** 40) },
);
const metadataField = bytesField(
  5,
  fc
    .array(fc.oneof(varintField(1, fc.integer({ min: 0, max: 9 })), varintField(3, ref), varintField(4, ref), unknownField), {
      maxLength: 4,
    })
    .map((parts) => concat(...parts)),
);
const refsField = fc.oneof(
  {
    weight: 20,
    arbitrary: bytesField(
      1,
      fc.array(fc.tuple(ref, ref), { maxLength: 3 }).map((refs) => concat(...refs.flat().map(varint))),
    ),
  },
  { weight: 1, arbitrary: varintField(1, ref) },
);
const series2 = bytesField(
  5,
  layout(
    fc
      .tuple(
        fc.array(refsField, { minLength: 1, maxLength: 2 }),
        fc.oneof(
          { weight: 25, arbitrary: fc.array(sampleField, { minLength: 1, maxLength: 3 }) },
          { weight: 1, arbitrary: fc.constant([]) },
        ),
        rarely(metadataField, 1),
        rarely(varintField(6, time), 5),
        rarely(unknownField, 10),
        rarely(fc.oneof(bytesField(3, fc.constant(new Uint8Array(0))), bytesField(4, fc.constant(new Uint8Array(0)))), 80),
        rarely(brokenField, 120),
      )
      .map((parts) => parts.flat()),
  ),
);
const symbolFields = fc.oneof(
  { weight: 20, arbitrary: fc.constant(SYMBOLS) },
  { weight: 1, arbitrary: fc.constantFrom(SYMBOLS.slice(1), SYMBOLS.slice(0, 3), []) },
);

/** `io.prometheus.write.v2.Request`. */
export const message2: fc.Arbitrary<Uint8Array> = layout(
  fc
    .tuple(
      symbolFields.map((symbols) =>
        symbols.map((symbol) => concat(Uint8Array.of(0x22), varint(encoder.encode(symbol).length), encoder.encode(symbol))),
      ),
      fc.array(series2, { maxLength: 6 }),
      rarely(unknownField, 10),
      rarely(brokenField, 60),
    )
    .map((parts) => parts.flat()),
);

/** As it is, or with a byte changed, cut off, or doubled. */
export const mutated = (bytes: fc.Arbitrary<Uint8Array>, weight: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight, arbitrary: bytes },
    {
      weight: 1,
      arbitrary: fc.tuple(bytes, fc.nat(), fc.nat(255)).map(([all, at, byte]) => all.map((old, i) => (i === at % all.length ? byte : old))),
    },
    { weight: 1, arbitrary: fc.tuple(bytes, fc.nat()).map(([all, at]) => all.subarray(0, at % (all.length + 1))) },
    { weight: 1, arbitrary: fc.tuple(bytes, fc.nat()).map(([all, at]) => concat(all, all.subarray(at % (all.length + 1)))) },
  );
