import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { decodeBatch } from "@sightline/shared/protocol/batch";
import { FrameDecoder } from "@sightline/shared/protocol/frame";
import { decodeMessage } from "@sightline/shared/protocol/messages";
import { splitMessages } from "@sightline/shared/protocol/message-stream";
import { findJsonFault } from "../../worker/src/http/json-fault.ts";
import { decodeLineProtocol } from "../../worker/src/ingest/influx/line-protocol.ts";
import { decodeJson } from "../../worker/src/ingest/json.ts";
import { decodeOtlpJson, decodeOtlpProtobuf } from "../../worker/src/ingest/otlp/decode.ts";
import { decodeReadRequest } from "../../worker/src/ingest/remote-read.ts";
import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../../worker/src/ingest/remote-write.ts";
import { decompressSnappy } from "../../worker/src/ingest/snappy.ts";
import { CROWDS_1, CROWDS_2, CROWDS_OTLP } from "../ingest/crowded-bodies.ts";
import { message1, message2 } from "../ingest/kernel-messages.ts";
import { snappyBlock } from "../ingest/snappy-writer.ts";
import type { FaultOptions } from "./fault-options.ts";
import {
  BATCH_EXAMPLES,
  FRAME_EXAMPLES,
  OTLP_EXAMPLES,
  READ_EXAMPLES,
  crowded,
  crowdedText,
  disturbed,
  influxText,
  ingestJson,
  otlpJson,
  resealed,
} from "./fuzz-inputs.ts";
import { blockChunks, blockIndexes, importLines, readBlockChunk, readBlockIndex, readImportLine } from "./fuzz-import.ts";
import { fuzzStorage } from "./fuzz-storage.ts";

const NOW = Date.UTC(2026, 5, 1);
/** No input of a few hundred bytes may take longer. */
const HANG_MS = 1000;
const MAX_OUTPUT = 1 << 20;
const GROWTH_MB = 200;

interface Decoder {
  readonly share: number;
  readonly input: fc.Arbitrary<unknown>;
  readonly decode: (input: never) => Result<unknown>;
}

const decoder = <T>(share: number, input: fc.Arbitrary<T>, decode: (input: T) => Result<unknown>): Decoder => ({ share, input, decode });

const sample = (arbitrary: fc.Arbitrary<Uint8Array>): Uint8Array[] => fc.sample(arbitrary, { numRuns: 30, seed: 7 });
const compressed = sample(message1).map((bytes, i) => snappyBlock(bytes, (n) => (i * 7919) % n));

const DECODERS: Readonly<Record<string, Decoder>> = {
  snappy: decoder(15, disturbed(compressed), (bytes) => decompressSnappy(bytes, MAX_OUTPUT)),
  "remote write 1.0": decoder(10, disturbed(sample(message1)), decodeRemoteWrite1),
  "remote write 2.0": decoder(10, disturbed(sample(message2)), decodeRemoteWrite2),
  "OTLP protobuf": decoder(15, disturbed(OTLP_EXAMPLES), (bytes) => decodeOtlpProtobuf(bytes, NOW)),
  "OTLP JSON": decoder(8, otlpJson, (body) => decodeOtlpJson(body, NOW)),
  "line protocol": decoder(10, influxText, (text) => decodeLineProtocol(text, "ns", NOW)),
  JSON: decoder(8, ingestJson, (body) => decodeJson(body, NOW)),
  messages: decoder(8, disturbed(FRAME_EXAMPLES), decodeMessage),
  frames: decoder(8, disturbed(FRAME_EXAMPLES).map(resealed), (bytes) => new FrameDecoder().decode(bytes)),
  batches: decoder(4, disturbed(BATCH_EXAMPLES), decodeBatch),
  "remote read": decoder(6, disturbed(READ_EXAMPLES), decodeReadRequest),
  "crowded remote write 1.0": decoder(0.1, crowded(CROWDS_1), decodeRemoteWrite1),
  "crowded remote write 2.0": decoder(0.1, crowded(CROWDS_2), decodeRemoteWrite2),
  "crowded OTLP": decoder(0.1, crowded(CROWDS_OTLP), (bytes) => decodeOtlpProtobuf(bytes, NOW)),
  "crowded lines": decoder(0.2, crowdedText, (text) => decodeLineProtocol(text, "ns", NOW)),
  "crowded JSON": decoder(0.2, crowdedText, (text) => decodeJson(text, NOW)),
  "faults of crowded JSON": decoder(0.2, crowdedText, (text) => {
    const fault = findJsonFault(text);
    return fault === null ? ok(null) : fail("malformed_json", `it stops making sense at ${fault.offset}`);
  }),
  "lines of imports": decoder(8, importLines, readImportLine),
  "chunks of blocks": decoder(8, blockChunks, readBlockChunk),
  "indexes of blocks": decoder(6, blockIndexes, readBlockIndex),
  "message streams": decoder(4, disturbed(BATCH_EXAMPLES), splitMessages),
};

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** MB that are in use once all that is dead was collected: when V8 does so by itself depends on what else runs on the machine. */
function liveMemory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Every decoder that strangers' bytes reach, and every blob on disk: no crash, no hang, no memory without bound, a code for each refusal. */
export async function fuzz({ smoke }: FaultOptions): Promise<string> {
  const total = smoke ? 12_000 : 100_000;
  const seed = smoke ? 1 : Date.now() % 0x7fffffff;
  const refusals = new Map<string, number>();
  let inputs = 0;
  const before = liveMemory();
  for (const [name, { share, input, decode }] of Object.entries(DECODERS)) {
    fc.assert(
      fc.property(input, (value) => {
        inputs++;
        // Its own time, which what else runs on the machine does not lengthen.
        const started = process.cpuUsage();
        const result = decode(value as never);
        const { user, system } = process.cpuUsage(started);
        const ms = (user + system) / 1000;
        assert.ok(ms < HANG_MS, `${name} took ${ms.toFixed(0)} ms of CPU`);
        if (result.ok) return;
        assert.match(result.error.code, /^[a-z][a-z_0-9]+$/, name);
        assert.ok(result.error.message.length > 5, `${name} refuses with ${result.error.code} and no sentence`);
        refusals.set(result.error.code, (refusals.get(result.error.code) ?? 0) + 1);
      }),
      { numRuns: Math.ceil((total * share) / 100), seed },
    );
  }
  const grown = liveMemory() - before;
  assert.ok(grown < GROWTH_MB, `memory grew by ${grown.toFixed(0)} MB`);
  const blobs = fuzzStorage(smoke ? 300 : 5000, seed);
  return `${inputs} inputs to ${Object.keys(DECODERS).length} decoders, ${blobs} disturbed blobs; refusals ${JSON.stringify(Object.fromEntries(refusals))} (seed ${seed})`;
}
