import { decodeRemoteWrite1, decodeRemoteWrite2 } from "../ingest/remote-write.ts";
import { appendSamples } from "./append-samples.ts";
import { decompressSnappy } from "../ingest/snappy.ts";
import { MAX_UNPACKED_BYTES, readCapped } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";
import { senderContext } from "./sender-context.ts";

const MESSAGES = {
  "prometheus.writerequest": decodeRemoteWrite1,
  "io.prometheus.write.v2.request": decodeRemoteWrite2,
} as const;

/** The decoder that Content-Type asks for: 1.0 without `proto=`, else the message it names; others are 415, as the specification says. */
function decoderOf(request: Request): (typeof MESSAGES)[keyof typeof MESSAGES] {
  const [mediaType = "", ...parameters] = (request.headers.get("content-type") ?? "application/x-protobuf")
    .split(";")
    .map((part) => part.trim());
  if (mediaType.toLowerCase() !== "application/x-protobuf") {
    throw new HttpFailure("unsupported_media_type", `Content-Type ${mediaType} is not remote write; send application/x-protobuf.`);
  }
  const proto = parameters
    .find((parameter) => parameter.toLowerCase().startsWith("proto="))
    ?.slice("proto=".length)
    .replaceAll('"', "");
  const decoder = MESSAGES[(proto ?? "prometheus.WriteRequest").toLowerCase() as keyof typeof MESSAGES];
  if (decoder === undefined) {
    throw new HttpFailure(
      "unsupported_media_type",
      `proto=${proto ?? ""} is not known; there are prometheus.WriteRequest and io.prometheus.write.v2.Request.`,
    );
  }
  return decoder;
}

/** Prometheus remote write 1.0 and 2.0: 204 once durable; samples that can never be kept are 400 and the rest of the request is kept. */
export function remoteWriteRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v1/write",
      role: "ingest",
      summary: "Prometheus remote write 1.0 and 2.0",
      rawBody: {
        mediaType: "application/x-protobuf",
        description: "Snappy-compressed prometheus.WriteRequest or io.prometheus.write.v2.Request",
      },
      answers: { status: 204, description: "Durable" },
    },
    async ({ c, principal }) => {
      const request = c.req.raw;
      const decode = decoderOf(request);
      const encoding = request.headers.get("content-encoding") ?? "snappy";
      if (encoding.toLowerCase() !== "snappy")
        throw new HttpFailure("unsupported_encoding", `Content-Encoding ${encoding} is not remote write; send snappy (block format).`);
      const context = senderContext(principal, request);
      const decoded = unwrap(decode(unwrap(decompressSnappy(await readCapped(request), MAX_UNPACKED_BYTES))));
      const headers = {
        "X-Prometheus-Remote-Write-Samples-Written": String(decoded.samples),
        "X-Prometheus-Remote-Write-Histograms-Written": String(decoded.histograms),
        "X-Prometheus-Remote-Write-Exemplars-Written": "0",
      };
      if (decoded.batch.series.length === 0) return new Response(null, { status: 204, headers });
      const outcome = unwrap(await appendSamples(c.env, context, decoded.batch));
      count("sightline_ingested_samples_total", 'format="remote_write"', outcome.accepted);
      const [first] = outcome.rejected;
      if (first === undefined) return new Response(null, { status: 204, headers });
      throw new HttpFailure(
        "bad_data",
        `${outcome.accepted} samples were kept; of ${outcome.rejected.length} series not all were: ${first.message}`,
      );
    },
  );
}
