import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import { projectStub } from "../objects/stubs.ts";
import { LONGEST_ANALYSIS, analysisRange } from "./analysis-range.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { warnIfNone } from "../query/no-series.ts";
import { coordinatorOf } from "./shards.ts";
import { durationParameter, requiredParameter, timeParameter } from "./v1-time.ts";

const MOST_DEPLOYS = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function analyze<Kind extends AnalysisKind>(
  { c, principal }: Call<unknown>,
  kind: Kind,
  question: Analyses[Kind]["question"] & { readonly query: string },
): Promise<Response> {
  const { shard, among } = await coordinatorOf(c.env, principal.project, question.query);
  const answer = unwrap(await shard.analyze(kind, question, among));
  if (!("series" in answer)) return Response.json(answer);
  const warnings = [...(warnIfNone(question.query, answer.series).warnings ?? []), ...(answer.warnings ?? [])];
  return Response.json(warnings.length === 0 ? answer : { ...answer, warnings });
}

/** When a deploy was, ms. */
async function sinceOf({ c, principal, parameters }: Call<unknown>, startMs: number, endMs: number): Promise<number> {
  if (parameters.get("since") !== "deploy") return timeParameter(parameters, "since", endMs);
  const service = parameters.get("service");
  const deploys = await projectStub(c.env, principal.project).deploys(service, startMs, MOST_DEPLOYS);
  const newest = deploys.find(({ at }) => at < endMs);
  if (newest !== undefined) return newest.at;
  const whose = service === null ? "" : ` of ${service}`;
  throw new HttpFailure("bad_request", `There is no deploy${whose} in the range; report it with POST /v1/deploys, or widen the range.`);
}

export function trendRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/trend",
      role: "viewer",
      summary: "Direction, slope with confidence, seasons, change points of every series, and what it was a day and a week before",
      parameters: {
        query: "PromQL expression; of a bare counter its rate is judged, of a histogram its mean",
        window: "Duration, 1d when absent, at most 90d",
        start: "ms or RFC 3339, instead of window",
        end: "ms or RFC 3339, now when absent",
        since: "ms or RFC 3339 of a deploy within the range, or `deploy` for the newest: what came after is held against what was before",
        service: "with since=deploy: of this service",
      },
    },
    async (call) => {
      const { startMs, endMs } = analysisRange(call.parameters, DAY);
      const query = requiredParameter(call.parameters, "query");
      if (call.parameters.get("since") === null) return analyze(call, "trend", { query, startMs, endMs });
      const sinceMs = await sinceOf(call, startMs, endMs);
      if (sinceMs <= startMs || sinceMs >= endMs)
        throw new HttpFailure("bad_request", "since is not between start and end; widen the range.");
      return analyze(call, "trend", { query, startMs, endMs, sinceMs });
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/compare",
      role: "viewer",
      summary: "Every series of an expression in one period against an earlier one: what changed beyond chance, most surely first",
      parameters: {
        query: "PromQL expression; of a bare counter its rate is judged, of a histogram its mean",
        window: "Duration of both periods, 1h when absent",
        start: "ms or RFC 3339 of the later period, instead of window",
        end: "ms or RFC 3339 of the later period, now when absent",
        offset: "How long before the earlier period lies, 1d when absent",
        baselineStart: "ms or RFC 3339 of the earlier period, instead of offset",
        baselineEnd: "ms or RFC 3339 of the earlier period",
      },
    },
    async (call) => {
      const { startMs, endMs } = analysisRange(call.parameters, HOUR);
      const offset = durationParameter(call.parameters, "offset", DAY);
      const start = timeParameter(call.parameters, "baselineStart", startMs - offset);
      const end = timeParameter(call.parameters, "baselineEnd", start + (endMs - startMs));
      if (start >= end) throw new HttpFailure("bad_request", "baselineStart is not before baselineEnd; swap them.");
      if (end - start > LONGEST_ANALYSIS)
        throw new HttpFailure("limit_exceeded", "The earlier period is longer than 90 days; ask for less.");
      const query = requiredParameter(call.parameters, "query");
      return analyze(call, "compare", { query, before: { start, end }, after: { start: startMs, end: endMs } });
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/correlate",
      role: "viewer",
      summary:
        "Which series of two expressions move together, and which of them moves first, by up to 12 steps; corrected for how many pairs were tried",
      parameters: {
        query: "PromQL expression, at most 20 series",
        with: "PromQL expression, at most 20 series",
        window: "Duration, 6h when absent",
        start: "ms or RFC 3339, instead of window",
        end: "ms or RFC 3339, now when absent",
      },
    },
    async (call) => {
      const { startMs, endMs } = analysisRange(call.parameters, 6 * HOUR);
      const query = requiredParameter(call.parameters, "query");
      return analyze(call, "correlate", { query, with: requiredParameter(call.parameters, "with"), startMs, endMs });
    },
  );
}
