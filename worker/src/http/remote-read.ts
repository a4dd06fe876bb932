import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { printSelector } from "@sightline/shared/promql/format/print";
import { chunkedStream } from "../export/chunked-stream.ts";
import { type MergedReading, mergedWalk } from "../export/merged-walk.ts";
import { ProtobufWriter } from "../export/protobuf-writer.ts";
import { writeLabels, writeSamples } from "../export/remote-read-series.ts";
import { storedSnappyPieces } from "../export/stored-snappy.ts";
import { decodeReadRequest, type ReadQuery } from "../ingest/remote-read.ts";
import { decompressSnappy } from "../ingest/snappy.ts";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import { waitFor } from "../query/wait-for.ts";
import { MAX_UNPACKED_BYTES, readCapped } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { heldAnswer } from "./held-answer.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { letOthersIn } from "./let-others-in.ts";
import { RoomForAnswers } from "./room-for-answers.ts";
import { type Shard, shardsOf } from "./shards.ts";

const CHUNKED_MEDIA_TYPE = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
/** Samples of series that only an archive knows, which are held until they are in order. */
const MAX_FORGOTTEN = 2_000_000;

/** To write a sample. */
const SAMPLE_NS = 150;

/** Every series has one: unlike a query, remote read may ask for all of them. */
const ANY_NAME: Matcher = { name: METRIC_NAME, op: "!=", value: "" };

const seriesQuery = ({ matchers, startMs, endMs }: ReadQuery): SeriesQuery => ({
  matchers: [printSelector(matchers.some(({ op, value }) => op === "=" && value !== "") ? matchers : [...matchers, ANY_NAME])],
  startMs,
  endMs,
  limit: 0,
});

const READING: MergedReading = {
  unwrap,
  pause: letOthersIn,
  maxForgotten: MAX_FORGOTTEN,
  tooMany: (samples) =>
    new HttpFailure(
      "limit",
      `Series that only the archive has are more than ${samples} samples in the time asked for; ask for less time or fewer series.`,
    ),
};

/** Reads at once whose answers are held: how large one is to be is not known before, and each may have as much as there may be. */
export const MAX_HELD_READS = 4;
const ROOM_FOR_READS = new RoomForAnswers(
  () => Date.now(),
  MAX_HELD_READS * MAX_UNPACKED_BYTES,
  ", or for STREAMED_XOR_CHUNKS, which are not held",
);
/** Bytes of series that are held as one piece. */
const PIECE = 65_536;

/** A `prometheus.ReadResponse` in pieces, each given up as it is taken. */
class ReadResponse {
  readonly #pieces: Uint8Array[] = [];
  length = 0;

  push(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.length += piece.length;
    }
  }

  *taken(): Generator<Uint8Array> {
    this.#pieces.reverse();
    for (let piece = this.#pieces.pop(); piece !== undefined; piece = this.#pieces.pop()) yield piece;
  }
}

/** One `prometheus.QueryResult`: series in the order of their labels, each once, for readers take what comes twice for two series. */
async function result(shards: readonly Shard[], query: SeriesQuery, into: ReadResponse): Promise<void> {
  const pace = new Pace(SHARE_NS, SHARE_NS);
  const all = new ReadResponse();
  let some = new ProtobufWriter();
  let series = new ProtobufWriter();
  let labels: Labels | null = null;
  const flush = (): void => {
    all.push(some.copy());
    some = new ProtobufWriter();
  };
  const end = (): void => {
    if (labels !== null) some.bytes(1, series.copy());
    if (some.length >= PIECE) flush();
  };
  for await (const piece of mergedWalk(shards, query, READING)) {
    if (piece.labels !== labels) {
      end();
      labels = piece.labels;
      series = new ProtobufWriter();
      writeLabels(series, labels);
    }
    writeSamples(series, piece);
    if (into.length + all.length + some.length + series.length > MAX_UNPACKED_BYTES) {
      const most = MAX_UNPACKED_BYTES / 1_048_576;
      throw new HttpFailure(
        "limit",
        `The samples asked for are more than the ${most} MB one answer may have; ask for less time or fewer series.`,
      );
    }
    if (pace.spend(piece.timestamps.length * SAMPLE_NS)) await letOthersIn();
  }
  end();
  flush();
  const head = new ProtobufWriter();
  head.head(1, all.length);
  into.push(head.copy(), ...all.taken());
}

/** Prometheus remote read: raw samples and native histograms, stale markers among them, all at once or as a stream of chunks. */
export function remoteReadRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v1/read",
      role: "viewer",
      summary: "Prometheus remote read",
      rawBody: { mediaType: "application/x-protobuf", description: "Snappy-compressed prometheus.ReadRequest" },
      answers: {
        status: 200,
        description:
          "Snappy-compressed prometheus.ReadResponse; prometheus.ChunkedReadResponse frames for who names STREAMED_XOR_CHUNKS first",
      },
    },
    async ({ c, principal }) => {
      const unpacked = unwrap(decompressSnappy(await readCapped(c.req.raw), MAX_UNPACKED_BYTES));
      const request = unwrap(decodeReadRequest(unpacked));
      const queries = request.queries.map(seriesQuery);
      const shards = await shardsOf(c.env, principal.project);
      if (request.responseType === "STREAMED_XOR_CHUNKS") {
        const stream = await chunkedStream(shards, queries, READING);
        return new Response(stream, { headers: { "content-type": CHUNKED_MEDIA_TYPE } });
      }
      const answer = await heldAnswer(unwrap(await ROOM_FOR_READS.enter(waitFor, MAX_UNPACKED_BYTES)), async () => {
        const response = new ReadResponse();
        for (const query of queries) await result(shards, query, response);
        return storedSnappyPieces(response.taken(), response.length);
      });
      const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
      return new Response(answer, { headers });
    },
  );
}
