import fc from "fast-check";
import { crc32c } from "@sightline/shared/encoding/crc32c";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { readCsvRow } from "../../agent/src/import/csv.ts";
import { UnreadableSource } from "../../agent/src/import/import-source.ts";
import { readJsonLine } from "../../agent/src/import/json-lines.ts";
import { readLine } from "../../agent/src/import/line-protocol.ts";
import { readTextSample } from "../../agent/src/import/text-sample.ts";
import { readHistogramChunk } from "../../agent/src/import/tsdb/histogram-chunk.ts";
import { IndexFile } from "../../agent/src/import/tsdb/index-file.ts";
import { readXorChunk } from "../../agent/src/import/tsdb/xor-chunk.ts";

/** What the readers of blocks throw is their refusal; anything else is a crash. */
function refusing<T>(read: () => T): Result<T> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof UnreadableSource) return fail("unreadable_source", error.message);
    if (error instanceof RangeError) return fail("damaged_chunk", error.message);
    throw error;
  }
}

/** What the readers of lines answer in words is their refusal. */
const worded = (read: unknown): Result<unknown> => (typeof read === "string" ? fail("malformed_line", read) : ok(read));

const WORDS = [
  "up",
  "{",
  "}",
  'a="b"',
  '"my.metric"',
  ",",
  " ",
  "\t",
  "=",
  "\\",
  '"',
  "1",
  "-0",
  "NaN",
  "+Inf",
  "1e309",
  "1700000000000",
  "# {x} 1",
  '{"metric":{"__name__":"up"},',
  '"timestamps":[1,2],',
  '"values":[1,null]}',
  '"{""a"":""b""}"',
  '""',
  "value=1.5",
  "3i",
  "é",
  "\u0000",
];

/** Lines that are nearly right in one of the formats, or nothing but characters. */
export const importLines: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...WORDS), { maxLength: 16 }).map((words) => words.join("")) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200, unit: "binary" }) },
  {
    weight: 1,
    arbitrary: fc
      .record(
        {
          metric: fc.jsonValue(),
          timestamps: fc.jsonValue(),
          values: fc.jsonValue(),
          histograms: fc.jsonValue(),
          metadata: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((line) => JSON.stringify(line)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.string(), fc.jsonValue(), fc.oneof(fc.integer(), fc.string()), fc.oneof(fc.double(), fc.string()))
      .map(([name, labels, time, value]) => `${name},"${JSON.stringify(labels).replaceAll('"', '""')}",${time},${value}`),
  },
);

export function readImportLine(line: string): Result<unknown> {
  for (const read of [readTextSample(line), readJsonLine(line), readCsvRow(line, () => false)]) {
    const judged = worded(read);
    if (!judged.ok && judged.error.message.length < 6) return fail("malformed_line", "");
  }
  return worded(readLine(line));
}

/** A chunk of floats or histograms is a stream of bits: what comes out of any is a chunk or its end. */
export const blockChunks = fc.tuple(
  fc.constantFrom(1, 2, 3, 4),
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // A few samples only, so that the bits behind the header are read to their end.
    fc.uint8Array({ minLength: 8, maxLength: 300 }).map((bytes) => bytes.fill(0, 0, 1).fill((bytes[1] ?? 0) % 8, 1, 2)),
  ),
);

export const readBlockChunk = ([encoding, bytes]: readonly [number, Uint8Array]): Result<unknown> =>
  refusing(() => (encoding === 1 ? readXorChunk(bytes) : readHistogramChunk(encoding, bytes)));

const SYMBOLS = ["", "__name__", "a", "b", "up"] as const;
const HEADER_BYTES = 5;

type Change = (section: number, body: Uint8Array) => Uint8Array;

/** An index of two series, every section's body changed before its checksum is made: what lies behind the checksums is reached. */
function indexOf(change: Change): Uint8Array {
  const writer = new ByteWriter(512);
  const u32 = (to: ByteWriter, value: number): void => {
    for (const shift of [24, 16, 8, 0]) to.u8((value >>> shift) & 255);
  };
  const bodyOf = (write: (body: ByteWriter) => void): Uint8Array => {
    const body = new ByteWriter(128);
    write(body);
    return body.view();
  };
  const checksum = (body: Uint8Array): void => u32(writer, crc32c(body));
  const section = (number: number, write: (body: ByteWriter) => void): number => {
    const at = writer.length;
    const body = change(number, bodyOf(write));
    u32(writer, body.length);
    writer.bytes(body);
    checksum(body);
    return at;
  };
  u32(writer, 0xbaaad700);
  writer.u8(2);
  const symbols = section(0, (body) => {
    u32(body, SYMBOLS.length);
    for (const symbol of SYMBOLS) body.string(symbol);
  });
  const ids: number[] = [];
  for (let i = 0; i < 2; i++) {
    while (writer.length % 16 !== 0) writer.u8(0);
    ids.push(writer.length / 16);
    const body = change(
      1 + i,
      bodyOf((series) => {
        for (const value of [2, 1, 4, 2, 3, 1, 2000, 100, 8]) series.varint(value);
      }),
    );
    writer.varint(body.length);
    writer.bytes(body);
    checksum(body);
  }
  const postings = section(3, (body) => {
    u32(body, ids.length);
    for (const id of ids) u32(body, id);
  });
  const table = section(4, (body) => {
    u32(body, 1);
    for (const value of [2, 0, 0, postings]) body.varint(value);
  });
  const toc = change(
    5,
    bodyOf((body) => {
      for (const at of [symbols, HEADER_BYTES, 0, 0, postings, table]) {
        u32(body, 0);
        u32(body, at);
      }
    }),
  );
  writer.bytes(toc);
  checksum(toc);
  return writer.view();
}

export const blockIndexes: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.nat(5),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xff))), { maxLength: 6 }),
    fc.option(fc.nat(), { freq: 4 }),
  )
  .map(([number, changes, cut]) =>
    indexOf((section, body) => {
      if (section !== number) return body;
      const copy = body.slice();
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return cut === null ? copy : copy.slice(0, cut % copy.length);
    }),
  );

export const readBlockIndex = (bytes: Uint8Array): Result<unknown> => refusing(() => [...new IndexFile(bytes).series()]);
