import type { Failure } from "@sightline/shared/model/result";
import { CSV } from "../export/csv.ts";
import type { ExportFormat } from "../export/export-format.ts";
import { exportStream } from "../export/export-stream.ts";
import { JSON_LINES } from "../export/json-lines.ts";
import { LINE_PROTOCOL } from "../export/line-protocol.ts";
import { PROMETHEUS_TEXT } from "../export/prometheus-text.ts";
import type { SeriesQuery } from "../objects/labels-rpc.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { packed, takesGzip } from "./gzip-answer.ts";
import { HttpFailure } from "./http-failure.ts";
import { letOthersIn } from "./let-others-in.ts";
import type { Parameters } from "./parameters.ts";
import { shardsOf } from "./shards.ts";
import { integerParameter, timeParameter } from "./v1-time.ts";

const FORMATS: Readonly<Record<string, ExportFormat>> = {
  prometheus: PROMETHEUS_TEXT,
  json: JSON_LINES,
  csv: CSV,
  influx: LINE_PROTOCOL,
};

function formatOf(parameters: Parameters): ExportFormat {
  const asked = parameters.get("format") ?? "json";
  const format = Object.hasOwn(FORMATS, asked) ? FORMATS[asked] : undefined;
  if (format !== undefined) return format;
  throw new HttpFailure("bad_request", `The format ${JSON.stringify(asked)} is not known; there are ${Object.keys(FORMATS).join(", ")}.`);
}

function queryOf(parameters: Parameters): SeriesQuery {
  const matchers = [...parameters.all("match[]"), ...parameters.all("query")].filter((selector) => selector !== "");
  if (matchers.length === 0) throw new HttpFailure("bad_request", 'Say what to export: match[]=SELECTOR, e.g. match[]={__name__=~".+"}.');
  const startMs = timeParameter(parameters, "start", 0);
  const endMs = timeParameter(parameters, "end", Number.MAX_SAFE_INTEGER);
  if (endMs < startMs) throw new HttpFailure("bad_request", "The parameter end lies before start.");
  return { matchers, startMs, endMs, limit: integerParameter(parameters, "limit", 0, 10_000_000) };
}

/** A refusal of the first page is the answer; a later one ends the stream. */
const fail = ({ code, message, retryAfterMs }: Failure): HttpFailure =>
  new HttpFailure(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });

export function exportRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/export",
      role: "viewer",
      summary:
        "Raw samples as a stream; one that breaks off is not whole. Native histograms: all of them in json, count and sum in the others; stale markers: null in json, left out of the others",
      parameters: {
        format:
          "prometheus (text, Go's floats), json (lines of metric, timestamps, values; the default), csv or influx; times in ms in all of them",
        "match[]": "Selector; several are a union",
        query: "The same as match[]",
        start: "Ms since 1970 or RFC 3339; everything stored when absent",
        end: "Likewise, inclusive",
        limit: "Most series; 0 or absent: all",
      },
      answers: { status: 200, description: "The samples, metric by metric; gzip if asked for" },
    },
    async ({ c, principal, parameters }) => {
      const format = formatOf(parameters);
      const query = queryOf(parameters);
      const shards = await shardsOf(c.env, principal.project);
      const stream = await exportStream(format, shards, query, fail, letOthersIn);
      const headers = new Headers({
        "content-type": format.mediaType,
        "content-disposition": `attachment; filename="sightline-export.${format.extension}"`,
        vary: "accept-encoding",
      });
      if (!takesGzip(c.req.header("accept-encoding"))) return new Response(stream, { headers });
      headers.set("content-encoding", "gzip");
      const pieces = stream.values();
      return new Response(packed(pieces, letOthersIn), { headers, encodeBody: "manual" });
    },
  );
}
