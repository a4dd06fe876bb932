import { decodeLineProtocol } from "../ingest/influx/line-protocol.ts";
import { appendSamples } from "./append-samples.ts";
import { precisionOf } from "@sightline/shared/line-protocol/precision";
import { readText } from "./body.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";
import { readParameters } from "./parameters.ts";
import { senderContext } from "./sender-context.ts";

/** Clients read it to learn which API answers: that of the first 1.x with `/api/v2/write`. */
const INFLUX_VERSION = `1.8.10-sightline-${VERSION}`;
/** Read by `readCredentials`. */
const INFLUX_1_LOGIN = { u: "Ignored", p: "The token, of v1 clients that send no Authorization" };
const CREATE_DATABASE = /^\s*create\s+database\s+\S/i;

/** Lines as they come; 204 once durable. Lines that can never be taken are 400, and the rest of the request is kept. */
async function write({ c, principal, parameters }: Call<undefined>): Promise<Response> {
  const asked = parameters.get("precision");
  const precision = precisionOf(asked);
  if (precision === null) {
    throw new HttpFailure("bad_request", `The precision ${asked ?? ""} is not known; there are ns, us, ms, s, m and h. Nothing was kept.`);
  }
  const context = senderContext(principal, c.req.raw);
  const lines = unwrap(decodeLineProtocol(await readText(c.req.raw), precision, Date.now(), parameters.get("db") ?? ""));
  if (lines.textFields > 0) count("sightline_ingest_skipped_fields_total", 'format="influx",reason="text"', lines.textFields);
  let accepted = 0;
  let [first] = lines.refused;
  if (lines.batch.series.length + lines.refusedLines > 0) {
    const outcome = unwrap(await appendSamples(c.env, context, lines.batch, undefined, lines.refusedByCode));
    accepted = outcome.accepted;
    count("sightline_ingested_samples_total", 'format="influx"', accepted);
    const [late] = outcome.rejected;
    if (late !== undefined) first ??= { line: lines.lineOf[late.index] ?? 1, message: late.message };
  }
  if (first === undefined) return new Response(null, { status: 204, headers: { "x-influxdb-version": INFLUX_VERSION } });
  const bad = lines.refusedLines === 0 ? "" : ` ${lines.refusedLines} lines cannot be read.`;
  const late = lines.samples - accepted;
  const refused = late === 0 ? "" : ` ${late} values were refused.`;
  const kept = accepted === 0 ? "Nothing was kept." : `The other ${accepted} values were kept; do not send them again.`;
  throw new HttpFailure("bad_data", `line ${first.line}: ${first.message}.${bad}${refused} ${kept}`);
}

/** Influx line protocol for clients of v1 and v2. `db` becomes a label, as in VictoriaMetrics; `rp`, `bucket` and `org` are taken and change nothing. */
export function influxRoutes(app: App): void {
  const rawBody = { mediaType: "text/plain", description: "Influx line protocol, gzip or not" };
  const answers = { status: 204, description: "Durable" };
  const precision = "Unit of the lines' times: ns (default), us, ms or s";
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v2/write",
      role: "ingest",
      summary: "Influx line protocol, v2 clients",
      parameters: { precision, bucket: "Ignored", org: "Ignored" },
      rawBody,
      answers,
    },
    write,
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/write",
      role: "ingest",
      summary: "Influx line protocol, v1 clients",
      parameters: {
        precision: `${precision}; v1's n, u, m and h too`,
        db: "Becomes the label db of lines without a tag of that name",
        rp: "Ignored",
        ...INFLUX_1_LOGIN,
      },
      rawBody,
      answers,
    },
    write,
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/ping",
      role: "ingest",
      summary: "Whether Influx clients may write; HEAD too",
      parameters: INFLUX_1_LOGIN,
      answers: { status: 204, description: "Yes" },
    },
    async () => new Response(null, { status: 204, headers: { "x-influxdb-version": INFLUX_VERSION, "x-influxdb-build": "OSS" } }),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/query",
      role: "ingest",
      summary: "CREATE DATABASE of Influx v1 clients, which is done already",
      parameters: { q: "The statement, here or in a form", ...INFLUX_1_LOGIN },
      answers: { status: 200, description: '{"results":[{"statement_id":0}]}' },
    },
    async ({ c }) => {
      const statement = (await readParameters(c.req.raw, true)).get("q") ?? "";
      if (CREATE_DATABASE.test(statement)) return Response.json({ results: [{ statement_id: 0 }] });
      throw new HttpFailure("bad_request", "Only CREATE DATABASE is answered here. Ask in PromQL at /api/v1/query; nothing was changed.");
    },
  );
}
