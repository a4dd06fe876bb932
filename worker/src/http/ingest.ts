import type { IngestResponse } from "@sightline/shared/api/responses";
import { appendSamples } from "./append-samples.ts";
import { decodeJson } from "../ingest/json.ts";
import { readText } from "./body.ts";
import { sha256Hex } from "./credentials.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";
import { parseJson } from "./json-body.ts";
import { senderContext } from "./sender-context.ts";

type Rejection = IngestResponse["rejected"][number];

/** 400 when not one of the samples can be kept, with the first reason. */
function nothingAcceptable(rejected: readonly Rejection[]): HttpFailure {
  const [first] = rejected;
  const why = first === undefined ? "metrics is empty" : `metrics[${first.index}]: ${first.message}`;
  return new HttpFailure(first?.code ?? "nothing_acceptable", `Nothing in this body can be kept: ${why}`);
}

/** JSON samples (CONTRACT.md). Answered after they are durable. */
export function ingestRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v1/ingest",
      role: "ingest",
      summary: "Samples as JSON; with Idempotency-Key a repeat within 24 h changes nothing, another body under that key is 422",
      rawBody: {
        mediaType: "application/json",
        description: '{"metrics":[{"name","type","unit?","help?","labels":{},"value"|"delta"|"observations":[…],"timestamp?"}]}',
      },
    },
    async ({ c, principal }) => {
      const context = senderContext(principal, c.req.raw);
      const key = c.req.header("idempotency-key");
      if (key !== undefined && (key === "" || key.length > 256)) {
        throw new HttpFailure("bad_request", "Idempotency-Key takes 1 to 256 characters. Nothing was kept.");
      }
      const text = await readText(c.req.raw);
      const decoded = unwrap(decodeJson(parseJson(text), Date.now()));
      const nothing = decoded.batch.series.length === 0;
      if (nothing && decoded.rejected.length === 0) throw nothingAcceptable([]);
      const refused: Record<string, number> = {};
      for (const { code } of decoded.rejected) refused[code] = (refused[code] ?? 0) + 1;
      // Of what is wholly refused the key stays free: it comes again when it is mended.
      const repeatable = key === undefined || nothing ? undefined : { key, bodyHash: await sha256Hex(text) };
      const outcome = unwrap(await appendSamples(c.env, context, decoded.batch, repeatable, refused));
      const late = outcome.rejected.map((rejection) => ({ ...rejection, index: decoded.metricOf[rejection.index] ?? rejection.index }));
      const rejected = [...decoded.rejected, ...late].sort((left, right) => left.index - right.index);
      if (outcome.accepted === 0 && rejected.length > 0) throw nothingAcceptable(rejected);
      count("sightline_ingested_samples_total", 'format="json"', outcome.accepted);
      const { renamed } = decoded;
      const response: IngestResponse = { accepted: outcome.accepted, rejected, ...(renamed.length === 0 ? {} : { renamed }) };
      return Response.json(response);
    },
  );
}
