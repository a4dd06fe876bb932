import { type OtlpEncoding, OTLP_MEDIA_TYPES, encodeExportResponse } from "../ingest/otlp/answers.ts";
import { appendSamples } from "./append-samples.ts";
import { decodeOtlpJson, decodeOtlpProtobuf } from "../ingest/otlp/decode.ts";
import { readBody, readText } from "./body.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { otlpEncodingOf } from "./error-body.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";
import { parseJson } from "./json-body.ts";
import { senderContext } from "./sender-context.ts";

function answer(encoding: OtlpEncoding, rejectedPoints: number, message: string): Response {
  return new Response(encodeExportResponse(encoding, rejectedPoints, message), { headers: { "content-type": OTLP_MEDIA_TYPES[encoding] } });
}

/** 200 once durable; points that can never be kept are told as partial success, because a sender must not repeat them. */
async function exportMetrics({ c, principal }: Call<undefined>): Promise<Response> {
  const request = c.req.raw;
  const mediaType = request.headers.get("content-type") ?? "";
  const encoding = otlpEncodingOf(mediaType);
  if (encoding === null) {
    throw new HttpFailure(
      "unsupported_media_type",
      `Content-Type ${mediaType} is not OTLP; send application/x-protobuf or application/json.`,
    );
  }
  const context = senderContext(principal, request);
  const now = Date.now();
  const decoded = unwrap(
    encoding === "json" ? decodeOtlpJson(parseJson(await readText(request)), now) : decodeOtlpProtobuf(await readBody(request), now),
  );
  let rejected = decoded.rejectedPoints;
  let { reason } = decoded;
  if (decoded.batch.series.length + rejected > 0) {
    const outcome = unwrap(await appendSamples(c.env, context, decoded.batch, "by_time", decoded.refused));
    count("sightline_ingested_samples_total", 'format="otlp"', outcome.accepted);
    const points = new Set(outcome.rejected.map(({ index }) => decoded.pointOf[index] ?? -1));
    points.delete(-1);
    rejected += points.size;
    if (points.size > 0) reason ??= outcome.rejected.find(({ index }) => decoded.pointOf[index] !== -1)?.message ?? null;
  }
  return answer(encoding, rejected, reason === null ? "" : `${rejected} data points were refused, the others kept; first: ${reason}`);
}

/** OTLP/HTTP metrics, at the path of the specification and at the one that Prometheus has. */
export function otlpRoutes(app: App): void {
  for (const path of ["/v1/metrics", "/api/v1/otlp/v1/metrics"]) {
    declareRoute(
      app,
      {
        method: "post",
        path,
        role: "ingest",
        summary: "OTLP/HTTP metrics, protobuf or JSON, gzip or not",
        rawBody: { mediaType: "application/x-protobuf", description: "ExportMetricsServiceRequest; application/json likewise" },
        answers: { status: 200, description: "Durable; partial_success names what was refused" },
      },
      exportMetrics,
    );
  }
}
