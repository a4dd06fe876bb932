import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { SeriesQuery } from "../objects/rpc.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";
import { parsePrometheusTime } from "./prometheus-time.ts";
import { askShards, type Shard } from "./shards.ts";

const DEFAULT_LIMIT = 100_000;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Without start and end, everything that is stored counts, as in Prometheus. */
function seriesQuery(parameters: Parameters): SeriesQuery {
  const start = parameters.get("start");
  const end = parameters.get("end");
  const limit = parameters.get("limit");
  if (limit !== null && !/^\d{1,9}$/.test(limit)) {
    throw new HttpFailure("bad_data", `invalid parameter "limit": cannot parse ${JSON.stringify(limit)} to a non-negative integer`);
  }
  const startMs = start === null ? 0 : unwrap(parsePrometheusTime("start", start));
  const endMs = end === null ? Number.MAX_SAFE_INTEGER : unwrap(parsePrometheusTime("end", end));
  if (endMs < startMs) throw new HttpFailure("bad_data", 'invalid parameter "end": end timestamp must not be before start time');
  return { matchers: parameters.all("match[]"), startMs, endMs, limit: limit === null || limit === "0" ? DEFAULT_LIMIT : Number(limit) };
}

/** The answers of all shards together, each value once. */
async function fromShards<T>(call: Call<unknown>, ask: (shard: Shard) => Promise<readonly T[]>, key: (value: T) => string): Promise<T[]> {
  const merged = new Map<string, T>();
  for (const values of await askShards(call.c.env, call.principal.project, ask)) {
    for (const value of values) merged.set(key(value), value);
  }
  return [...merged.values()];
}

const success = (data: unknown): Response => Response.json({ status: "success", data });
const itself = (text: string): string => text;

const PARAMETERS = {
  "match[]": "Selector; several are a union",
  start: "Unix seconds or RFC 3339",
  end: "Unix seconds or RFC 3339",
  limit: "Most entries",
};

export function prometheusSeriesRoutes(app: App): void {
  for (const method of ["get", "post"] as const) {
    declareRoute(
      app,
      { method, path: "/api/v1/series", role: "viewer", summary: "Label sets that selectors match", parameters: PARAMETERS },
      async (call) => {
        const query = seriesQuery(call.parameters);
        if (query.matchers.length === 0) throw new HttpFailure("bad_data", "no match[] parameter provided");
        return success(
          (await fromShards<Labels>(call, async (shard) => unwrap(await shard.series(query)), seriesKey)).slice(0, query.limit),
        );
      },
    );
    declareRoute(app, { method, path: "/api/v1/labels", role: "viewer", summary: "Label names", parameters: PARAMETERS }, async (call) => {
      const query = seriesQuery(call.parameters);
      return success((await fromShards(call, async (shard) => unwrap(await shard.labelNames(query)), itself)).sort().slice(0, query.limit));
    });
  }
  declareRoute(
    app,
    { method: "get", path: "/api/v1/label/{name}/values", role: "viewer", summary: "Values of one label", parameters: PARAMETERS },
    async (call) => {
      const label = call.path("name");
      if (!LABEL_NAME.test(label)) throw new HttpFailure("bad_data", `invalid label name: ${JSON.stringify(label)}`);
      const query = seriesQuery(call.parameters);
      return success(
        (await fromShards(call, async (shard) => unwrap(await shard.labelValues(label, query)), itself)).sort().slice(0, query.limit),
      );
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v1/metadata",
      role: "viewer",
      summary: "Type, unit and help of metrics",
      parameters: { metric: "One metric", limit: "Most metrics" },
    },
    async (call) => {
      const limit = Number(call.parameters.get("limit") ?? "0");
      const most = Number.isInteger(limit) && limit > 0 ? limit : DEFAULT_LIMIT;
      const { env } = call.c;
      const parts = await askShards(env, call.principal.project, (shard) => shard.metadata(call.parameters.get("metric"), most));
      return success(Object.fromEntries(parts.flat().map(({ metric, ...said }) => [metric, [said]])));
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/api/v1/status/buildinfo", role: "viewer", summary: "The Prometheus version whose API this is" },
    async () =>
      // Grafana switches features on by this version.
      success({ version: "3.6.0", revision: `sightline-${VERSION}`, branch: "HEAD", buildUser: "", buildDate: "", goVersion: "" }),
  );
}
