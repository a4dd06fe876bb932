import type { Expr } from "@sightline/shared/promql/ast";
import { parseQuery } from "@sightline/shared/promql/engine";
import { astJson } from "@sightline/shared/promql/format/ast-json";
import { prettyExpr } from "@sightline/shared/promql/format/pretty";
import { MAX_TREE_DEPTH, treeDepth } from "@sightline/shared/promql/format/tree-depth";
import type { PrometheusQuery } from "../objects/rpc.ts";
import { timeoutOf } from "../query/prometheus-query.ts";
import { LONGEST_KEPT } from "../query/parsed-queries.ts";
import { READER_TURNS } from "../query/reader-turns.ts";
import { shardProfile } from "../shard/profile.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { gzipAnswer } from "./gzip-answer.ts";
import type { HotCall, HotRoute } from "./hot-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { type Parameters, given, readParameters } from "./parameters.ts";
import { letOthersIn } from "./let-others-in.ts";
import { limitParameter } from "./prometheus-limit.ts";
import { parseOptionalTime, parsePrometheusDuration, parsePrometheusTime } from "./prometheus-time.ts";
import { coordinatorOf } from "./shards.ts";
import { wholeAnswer } from "./whole-answer.ts";

const MAX_POINTS = 11_000;

const time = (parameters: Parameters, name: string, otherwise: number): number => {
  const text = given(parameters, name);
  return text === null ? otherwise : unwrap(parseOptionalTime(name, text));
};

const isOn = (text: string | null): boolean => text === "1" || text === "true";

type Bounds = Pick<PrometheusQuery, "timeoutMs" | "limit" | "lookbackMs" | "rawOnly" | "partial" | "stats" | "noCache">;

/** Limits that both kinds of query share. */
function bounds(parameters: Parameters): Bounds {
  const bounds: { -readonly [Bound in keyof Bounds]: Bounds[Bound] } = {};
  const timeout = given(parameters, "timeout");
  const limit = limitParameter(parameters);
  const lookback = given(parameters, "lookback_delta");
  if (isOn(parameters.get("raw"))) bounds.rawOnly = true;
  if (isOn(parameters.get("nocache"))) bounds.noCache = true;
  if (given(parameters, "stats") !== null) bounds.stats = true;
  if (isOn(parameters.get("partial"))) bounds.partial = true;
  if (timeout !== null) bounds.timeoutMs = unwrap(parsePrometheusDuration("timeout", timeout));
  if (limit !== null) bounds.limit = limit;
  const lookbackMs = lookback === null ? 0 : lookbackOf(lookback);
  if (lookbackMs > 0) bounds.lookbackMs = lookbackMs;
  return bounds;
}

/** This one has words of its own; nothing and less are the default, as in Prometheus. */
function lookbackOf(written: string): number {
  const parsed = parsePrometheusDuration("lookback_delta", written);
  if (parsed.ok) return parsed.value;
  throw new HttpFailure(
    "bad_data",
    parsed.error.message.replace(/^invalid parameter "lookback_delta"/, "error parsing lookback delta duration"),
  );
}

function expression(parameters: Parameters): string {
  const query = parameters.get("query") ?? "";
  if (query.trim() === "")
    throw new HttpFailure("bad_data", 'invalid parameter "query": unknown position: parse error: no expression found in input');
  return query;
}

function instantQuery(parameters: Parameters): PrometheusQuery {
  const at = time(parameters, "time", Date.now());
  return { query: expression(parameters), startMs: at, endMs: at, stepMs: 0, ...bounds(parameters) };
}

/** In the order and the words of Prometheus's web/api/v1 queryRange. */
function rangeQuery(parameters: Parameters): PrometheusQuery {
  const startMs = unwrap(parsePrometheusTime("start", parameters.get("start") ?? ""));
  const endMs = unwrap(parsePrometheusTime("end", parameters.get("end") ?? ""));
  if (endMs < startMs) throw new HttpFailure("bad_data", 'invalid parameter "end": end timestamp must not be before start time');
  const stepMs = unwrap(parsePrometheusDuration("step", parameters.get("step") ?? ""));
  if (stepMs <= 0) {
    throw new HttpFailure(
      "bad_data",
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    throw new HttpFailure(
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  return { query: expression(parameters), startMs, endMs, stepMs, ...bounds(parameters) };
}

type QueryOf = (parameters: Parameters) => PrometheusQuery;

/** The shard writes the answer's JSON; here it is only packed. */
async function answer({ env, principal, request, headers }: HotCall, parameters: Parameters, queryOf: QueryOf): Promise<Response> {
  const query = queryOf(parameters);
  const { shard, among } = await coordinatorOf(env, principal.project, query.query);
  const ask = async (): Promise<Uint8Array<ArrayBuffer>[]> => {
    const answered = READER_TURNS.ask();
    return [new Uint8Array(unwrap(await shard.query(query, among).finally(answered)))];
  };
  const body = await wholeAnswer(ask, { waitMs: timeoutOf(query) });
  return gzipAnswer(request.headers.get("accept-encoding"), body, "application/json", headers);
}

const hotQuery = (path: string, queryOf: QueryOf): HotRoute => ({
  path,
  methods: ["GET", "POST"],
  entrance: { role: "viewer", isWrite: false },
  takesParameters: true,
  answer: async (call) => answer(call, await readParameters(call.request, true), queryOf),
});

const INSTANT_PATH = "/api/v1/query";
const RANGE_PATH = "/api/v1/query_range";

export const HOT_QUERIES: readonly HotRoute[] = [hotQuery(INSTANT_PATH, instantQuery), hotQuery(RANGE_PATH, rangeQuery)];

const SHARED = {
  query: "PromQL expression",
  timeout: "Seconds or duration",
  limit: "Most series in the answer",
  lookback_delta: "Overrides the 5 m lookback",
  stats: "all: times and samples read are told in data.stats",
  raw: "1: raw samples only, no rollups",
  nocache: "1: evaluated anew, also where the steps of the same query are known and no sample has changed them",
  partial: "1: answer without shards that cannot be read, with a warning naming them",
};

/** Parsing needs no data, so it happens here; of a long text in its turn. */
async function parsed({ c, parameters }: Call<unknown>): Promise<Expr> {
  const text = expression(parameters);
  if (text.length > LONGEST_KEPT) await letOthersIn();
  const result = parseQuery(text, shardProfile(c.env.PROFILE, c.env.ENABLE_FEATURE));
  if (!result.ok) throw new HttpFailure(result.error.code, `invalid parameter "query": ${result.error.message}`);
  return result.value;
}

/** An expression whose tree can be told level by level. */
async function written(call: Call<unknown>): Promise<Expr> {
  const expr = await parsed(call);
  const depth = treeDepth(expr);
  if (depth <= MAX_TREE_DEPTH) return expr;
  const limit = `the limit maxTreeDepth is ${MAX_TREE_DEPTH}`;
  throw new HttpFailure("bad_data", `invalid parameter "query": its tree has ${depth} levels: ${limit}; it can be evaluated all the same`);
}

const hotCallOf = ({ c, principal }: Call<unknown>): HotCall => ({ env: c.env, principal, request: c.req.raw, headers: {} });

/** Queries without anything unusual about them take `hot-routes.ts`. */
export function prometheusQueryRoutes(app: App): void {
  for (const method of ["get", "post"] as const) {
    declareRoute(
      app,
      {
        method,
        path: "/api/v1/format_query",
        role: "viewer",
        summary: "An expression printed over lines of at most a hundred characters",
        parameters: { query: SHARED.query },
      },
      async (call) => Response.json({ status: "success", data: prettyExpr(await written(call)) }),
    );
    declareRoute(
      app,
      {
        method,
        path: "/api/v1/parse_query",
        role: "viewer",
        summary: "The syntax tree of an expression, as Prometheus gives it",
        parameters: { query: SHARED.query },
      },
      async (call) => Response.json({ status: "success", data: astJson(await written(call)) }),
    );
    declareRoute(
      app,
      {
        method,
        path: INSTANT_PATH,
        role: "viewer",
        summary: "Evaluates an expression at one instant",
        parameters: { ...SHARED, time: "Unix seconds or RFC 3339; now when absent" },
      },
      (call) => answer(hotCallOf(call), call.parameters, instantQuery),
    );
    declareRoute(
      app,
      {
        method,
        path: RANGE_PATH,
        role: "viewer",
        summary: "Evaluates an expression over a range",
        parameters: { ...SHARED, start: "Unix seconds or RFC 3339", end: "Unix seconds or RFC 3339", step: "Seconds or duration" },
      },
      (call) => answer(hotCallOf(call), call.parameters, rangeQuery),
    );
  }
}
