import type { Exemplar, SeriesExemplars } from "@sightline/shared/model/exemplar";
import { seriesKey } from "@sightline/shared/model/labels";
import { compareLabels } from "@sightline/shared/promql/evaluation/label-order";
import { formatValue } from "@sightline/shared/promql/prometheus-json";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { given } from "./parameters.ts";
import { parseOptionalTime } from "./prometheus-time.ts";
import { shardsOf } from "./shards.ts";

/** The last ms a Date can hold. */
const EVER = 8.64e15;

/** Prometheus's answer: a list of series, each with its labels and exemplars; values as text, times in seconds. */
async function queryExemplars({ c, principal, parameters }: Call<unknown>): Promise<Response> {
  const query = parameters.get("query") ?? "";
  if (query === "") throw new HttpFailure("bad_data", "unknown position: parse error: no expression found in input");
  const start = given(parameters, "start");
  const end = given(parameters, "end");
  const startMs = start === null ? -EVER : unwrap(parseOptionalTime("start", start));
  const endMs = end === null ? EVER : unwrap(parseOptionalTime("end", end));
  if (endMs < startMs) throw new HttpFailure("bad_data", "end timestamp must not be before start timestamp");
  const shards = await shardsOf(c.env, principal.project);
  const merged = new Map<string, { readonly labels: SeriesExemplars["labels"]; exemplars: Exemplar[] }>();
  for (const answer of await Promise.all(shards.map((shard) => shard.exemplars(query, startMs, endMs)))) {
    for (const { labels, exemplars } of unwrap(answer)) {
      const key = seriesKey(labels);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { labels, exemplars: [...exemplars] });
      else known.exemplars = [...known.exemplars, ...exemplars].sort((a, b) => a.t - b.t);
    }
  }
  const data = [...merged.values()]
    .sort((a, b) => compareLabels(a.labels, b.labels))
    .map(({ labels, exemplars }) => ({
      seriesLabels: labels,
      exemplars: exemplars.map(({ labels: own, value, t }) => ({ labels: own, value: formatValue(value), timestamp: t / 1000 })),
    }));
  return Response.json({ status: "success", data });
}

export function exemplarRoutes(app: App): void {
  for (const method of ["get", "post"] as const) {
    declareRoute(
      app,
      {
        method,
        path: "/api/v1/query_exemplars",
        role: "viewer",
        summary: "Exemplars of the series that an expression selects; of each shard the newest 100,000 are kept",
        parameters: { query: "PromQL expression", start: "Unix seconds or RFC 3339", end: "Unix seconds or RFC 3339" },
      },
      queryExemplars,
    );
  }
}
