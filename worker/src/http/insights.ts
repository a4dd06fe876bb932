import { z } from "@hono/zod-openapi";
import type { InsightFeedbackResponse, InsightsResponse } from "@sightline/shared/api/responses";
import { MOST_ANSWERED, insightId } from "@sightline/shared/insights/anomaly-insight";
import { ANOMALY_VERDICTS } from "@sightline/shared/model/anomaly";
import type { Insight } from "@sightline/shared/model/insight";
import { projectStub } from "../objects/stubs.ts";
import { effectOf } from "./anomaly-feedback.ts";
import { recentCapacity } from "./ask-capacity.ts";
import { type App, type Call, declareRoute } from "./declare-route.ts";
import { HttpFailure } from "./http-failure.ts";
import { askShards } from "./shards.ts";
import { durationParameter } from "./v1-time.ts";

const HOUR = 3_600_000;
/** What has gone on for longer is what is usual by then, or an alert. */
const LONGEST = 24 * HOUR;
const MOST = 100;
/** Of a shard, and of all together, which go to Project in one message. */
const MOST_ANOMALIES = 5000;

/** `judges`: capacity anew; what was told of it stays so without. */
async function insightsOf({ c, principal }: Call<unknown>, windowMs: number, judges = true): Promise<readonly Insight[]> {
  const nowMs = Date.now();
  const sinceMs = nowMs - windowMs;
  const [parts, capacity] = await Promise.all([
    askShards(c.env, principal.project, (shard) => shard.recentAnomalies(nowMs - LONGEST, nowMs, MOST_ANOMALIES)),
    judges ? recentCapacity(c.env, principal.project, nowMs, (work) => c.executionCtx.waitUntil(work)) : null,
  ]);
  const newest = parts.flat().toSorted((a, b) => b.t - a.t);
  const judged = capacity === null ? null : { resources: capacity.response.resources, unjudged: capacity.unjudged };
  return projectStub(c.env, principal.project).insights(newest.slice(0, MOST_ANOMALIES), judged, sinceMs, nowMs);
}

/** The series of an insight of the last day. Throws HttpFailure. */
async function seriesOf(call: Call<unknown>, id: string): Promise<Insight["series"]> {
  // Whoever joined at the very step of the first may name it now.
  const named = ({ id: own, series }: Insight): boolean => own === id || series.some(({ anomalyId }) => insightId(anomalyId) === id);
  const insight = (await insightsOf(call, LONGEST, false)).find(named);
  if (insight === undefined)
    throw new HttpFailure(
      "not_found",
      `There is no insight ${JSON.stringify(id)}: its id is the one of /v1/insights, where it stays for a day.`,
    );
  if (insight.series.length === 0)
    throw new HttpFailure(
      "bad_request",
      "This insight rests on no anomaly, so that no threshold follows what is said of it: a time of saturation is taken back by itself when it turns out otherwise.",
    );
  return insight.series;
}

function summary(insights: readonly Insight[]): string {
  const open = insights.filter(({ state }) => state === "open");
  const [first] = open;
  if (first === undefined) return "Nothing needs attention.";
  return `${open.length} ${open.length === 1 ? "thing" : "things"} to know. ${first.text}`;
}

/** What people should know, each thing once, ranked, with what it rests on. */
export function insightRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/insights",
      role: "viewer",
      summary:
        "What is unusual or about to run out, as sentences: what began together told once, ranked by impact, with confidence and evidence; what turned out otherwise is taken back",
      parameters: {
        window:
          "Duration to look back for what is over again, 1h when absent, at most 24h; what is open is told whenever it began within a day",
        state: "open, over or retracted; all when absent",
      },
    },
    async (call) => {
      const windowMs = durationParameter(call.parameters, "window", HOUR);
      if (windowMs > LONGEST) throw new HttpFailure("limit_exceeded", "The window is longer than 24 hours; ask for less.");
      const state = call.parameters.get("state");
      if (state !== null && !["open", "over", "retracted"].includes(state))
        throw new HttpFailure("bad_request", "state is open, over or retracted.");
      const all = await insightsOf(call, windowMs);
      const insights = all.filter((insight) => state === null || insight.state === state).slice(0, MOST);
      const response: InsightsResponse = { at: Date.now(), text: summary(all), insights };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/insights/{id}/feedback",
      role: "editor",
      summary:
        "Says whether the anomalies of an insight were a false alarm or real, of each of its first hundred series; thresholds follow as by /v1/anomalies/{id}/feedback",
      body: z.strictObject({ verdict: z.enum(ANOMALY_VERDICTS) }),
    },
    async (call) => {
      const series = await seriesOf(call, call.path("id"));
      const project = projectStub(call.c.env, call.principal.project);
      const anomalies = series.slice(0, MOST_ANSWERED).map(({ anomalyId, labels, t }) => ({ id: anomalyId, labels, t }));
      const given = await project.answerAnomalies(call.principal, anomalies, call.body.verdict);
      const answers = await project.anomalyAnswers();
      const response: InsightFeedbackResponse = { feedback: given.map((answer) => effectOf(answer, answers)) };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/insights/{id}/feedback",
      role: "editor",
      summary: "Takes back what was said of the anomalies of an insight, and what it did to thresholds",
    },
    async (call) => {
      const series = await seriesOf(call, call.path("id"));
      const project = projectStub(call.c.env, call.principal.project);
      const taken = await project.takeBackAnswers(
        call.principal,
        series.map(({ anomalyId }) => anomalyId),
      );
      if (taken.length === 0) throw new HttpFailure("not_found", "Nobody has said anything of this insight. Nothing was changed.");
      const answers = await project.anomalyAnswers();
      const response: InsightFeedbackResponse = { feedback: taken.map((answer) => effectOf(answer, answers)) };
      return Response.json(response);
    },
  );
}
