import { type Labels, METRIC_NAME } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import { printSelector } from "@sightline/shared/promql/format/print";
import { chunkedStream } from "../export/chunked-stream.ts";
import { type MergedReading, mergedWalk } from "../export/merged-walk.ts";
import { ProtobufWriter } from "../export/protobuf-writer.ts";
import { writeLabels, writeSamples } from "../export/remote-read-series.ts";
import { storedSnappy } from "../export/stored-snappy.ts";
import { decodeReadRequest, type ReadQuery } from "../ingest/remote-read.ts";
import { decompressSnappy } from "../ingest/snappy.ts";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import { MAX_UNPACKED_BYTES, readCapped } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { letOthersIn } from "./let-others-in.ts";
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

/** One `prometheus.QueryResult`: series in the order of their labels, each once, for readers take what comes twice for two series. */
async function result(shards: readonly Shard[], query: SeriesQuery, into: ProtobufWriter): Promise<void> {
  const pace = new Pace(SHARE_NS, SHARE_NS);
  const all = new ProtobufWriter();
  let series = new ProtobufWriter();
  let labels: Labels | null = null;
  const end = (): void => {
    if (labels !== null) all.bytes(1, series.copy());
  };
  for await (const piece of mergedWalk(shards, query, READING)) {
    if (piece.labels !== labels) {
      end();
      labels = piece.labels;
      series = new ProtobufWriter();
      writeLabels(series, labels);
    }
    writeSamples(series, piece);
    if (into.length + all.length + series.length > MAX_UNPACKED_BYTES) {
      const most = MAX_UNPACKED_BYTES / 1_048_576;
      throw new HttpFailure(
        "limit",
        `The samples asked for are more than the ${most} MB one answer may have; ask for less time or fewer series.`,
      );
    }
    if (pace.spend(piece.timestamps.length * SAMPLE_NS)) await letOthersIn();
  }
  end();
  into.bytes(1, all.copy());
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
      const response = new ProtobufWriter();
      for (const query of queries) await result(shards, query, response);
      const headers = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
      return new Response(storedSnappy(response.copy()), { headers });
    },
  );
}
