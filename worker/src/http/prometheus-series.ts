import type { Result } from "@sightline/shared/model/result";
import { LANGUAGE_VERSION } from "@sightline/shared/promql/language-version";
import type { JsonList, SeriesQuery } from "../objects/labels-rpc.ts";
import { checkSelectors } from "./check-selectors.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { type ListOrder, listResponse, mergedLists } from "./json-list.ts";
import { type Parameters, given } from "./parameters.ts";
import { limitParameter, plainLimit } from "./prometheus-limit.ts";
import { parseOptionalTime } from "./prometheus-time.ts";
import { askShards, type Shard } from "./shards.ts";

const MOST_FAMILIES = 100_000;

/** Without start and end, everything that is stored counts, as in Prometheus. */
function seriesQuery(parameters: Parameters): SeriesQuery & { readonly most: number | null } {
  const start = given(parameters, "start");
  const end = given(parameters, "end");
  const most = limitParameter(parameters);
  const startMs = start === null ? 0 : unwrap(parseOptionalTime("start", start));
  const endMs = end === null ? Number.MAX_SAFE_INTEGER : unwrap(parseOptionalTime("end", end));
  // One more than is wanted tells whether there are more; without a limit all of them come, or the list is refused as too long.
  return { matchers: parameters.all("match[]"), startMs, endMs, limit: most === null ? 0 : most + 1, most };
}

const NOTHING: JsonList = { entries: 0, pieces: [] };

/** The lists of all shards together, each entry once; none for a time that ends before it begins, as in Prometheus. */
async function fromShards(
  call: Call<unknown>,
  { startMs, endMs }: SeriesQuery,
  ordered: ListOrder,
  ask: (shard: Shard) => Promise<Result<JsonList>>,
): Promise<JsonList> {
  if (endMs < startMs) return NOTHING;
  const lists = await askShards(call.c.env, call.principal.project, async (shard) => unwrap(await ask(shard)));
  return mergedLists(lists, ordered);
}

/** Names that are no plain words come as `U__…`: `__` for an underscore, `_2e_` for the character of that code. */
function unescapeName(name: string): string {
  if (!name.startsWith("U__")) return name;
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (_whole, code: string | undefined) =>
      code === undefined ? "_" : String.fromCodePoint(Math.min(0x10ffff, parseInt(code, 16))),
    );
}

const success = (data: unknown): Response => Response.json({ status: "success", data });

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
        checkSelectors(query.matchers, 'invalid parameter "match[]": ');
        const order = query.matchers.length > 1 ? "series" : null;
        return listResponse(() => fromShards(call, query, order, (shard) => shard.series(query)), query.most);
      },
    );
    declareRoute(app, { method, path: "/api/v1/labels", role: "viewer", summary: "Label names", parameters: PARAMETERS }, async (call) => {
      const query = seriesQuery(call.parameters);
      checkSelectors(query.matchers);
      return listResponse(() => fromShards(call, query, "texts", (shard) => shard.labelNames(query)), query.most);
    });
  }
  declareRoute(
    app,
    { method: "get", path: "/api/v1/label/{name}/values", role: "viewer", summary: "Values of one label", parameters: PARAMETERS },
    async (call) => {
      const label = unescapeName(call.path("name"));
      if (label === "" || !label.isWellFormed()) throw new HttpFailure("bad_data", `invalid label name: ${JSON.stringify(label)}`);
      const query = seriesQuery(call.parameters);
      checkSelectors(query.matchers);
      return listResponse(() => fromShards(call, query, "texts", (shard) => shard.labelValues(label, query)), query.most);
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v1/metadata",
      role: "viewer",
      summary: "Type, unit and help of metrics",
      parameters: { metric: "One metric", limit: "Most metrics", limit_per_metric: "Most descriptions of a metric; there is one of each" },
    },
    async (call) => {
      const limit = plainLimit(call.parameters, "limit");
      plainLimit(call.parameters, "limit_per_metric");
      const most = limit === null || limit < 0 ? MOST_FAMILIES : limit;
      if (most === 0) return success({});
      const { env } = call.c;
      const parts = await askShards(env, call.principal.project, (shard) => shard.metadata(given(call.parameters, "metric"), most));
      const families = new Map(parts.flat().map(({ metric, ...said }) => [metric, [said]]));
      return success(Object.fromEntries([...families].slice(0, most)));
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/api/v1/status/buildinfo", role: "viewer", summary: "The Prometheus version whose language this is" },
    async () =>
      // Grafana switches features on by this version.
      success({ version: LANGUAGE_VERSION, revision: `sightline-${VERSION}`, branch: "HEAD", buildUser: "", buildDate: "", goVersion: "" }),
  );
}
