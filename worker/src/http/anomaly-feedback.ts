import { z } from "@hono/zod-openapi";
import { idTime } from "@sightline/shared/anomaly/anomaly-id";
import { cautions } from "@sightline/shared/anomaly/feedback";
import type { AnomalyFeedbackResponse } from "@sightline/shared/api/responses";
import { ANOMALY_VERDICTS, type Anomaly, type AnomalyAnswer } from "@sightline/shared/model/anomaly";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { entriesOf } from "./json-list.ts";
import { askShards } from "./shards.ts";

const FeedbackBody = z.strictObject({ verdict: z.enum(ANOMALY_VERDICTS) });
const EVERYTHING = '{__name__!=""}';

/** What the answers there are now do to the series of this one, and to another of its metric that nobody has spoken of. */
export function effectOf(answer: AnomalyAnswer, answers: readonly AnomalyAnswer[]): AnomalyFeedbackResponse {
  const caution = cautions(answers);
  const sibling = { [METRIC_NAME]: answer.labels[METRIC_NAME] ?? "", sightline_other: "series" };
  return { answer, thresholds: { series: 1 + caution(answer.labels), siblings: 1 + caution(sibling) } };
}

/** What people say of anomalies; it moves the thresholds of the series and of those beside it. */
export function anomalyFeedbackRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/anomalies/{id}/feedback",
      role: "editor",
      summary: "Says whether an anomaly was a false alarm or real; the thresholds of its series, and a little those of its metric, follow",
      body: FeedbackBody,
    },
    async ({ c, principal, path, body }) => {
      const id = path("id");
      const t = idTime(id);
      const missing = new HttpFailure(
        "not_found",
        `There is no anomaly ${JSON.stringify(id)}: its id is the one of /v1/anomalies, and the newest 10,000 of a shard are kept.`,
      );
      if (!Number.isFinite(t)) throw missing;
      const parts = await askShards(c.env, principal.project, async (shard) =>
        entriesOf<Anomaly>(unwrap(await shard.anomalies(EVERYTHING, t, t, false)).anomalies),
      );
      const anomaly = parts.flat().find((one) => one.id === id);
      if (anomaly === undefined) throw missing;
      const project = projectStub(c.env, principal.project);
      const [answer] = await project.answerAnomalies(principal, [{ id, labels: anomaly.labels, t: anomaly.t }], body.verdict);
      if (answer === undefined) throw missing;
      return Response.json(effectOf(answer, await project.anomalyAnswers()));
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/anomalies/{id}/feedback",
      role: "editor",
      summary: "Takes back what was said of an anomaly, and what it did to thresholds",
    },
    async ({ c, principal, path }) => {
      const project = projectStub(c.env, principal.project);
      const [answer] = await project.takeBackAnswers(principal, [path("id")]);
      if (answer === undefined)
        throw new HttpFailure("not_found", `Nobody has said anything of the anomaly ${path("id")}. Nothing was changed.`);
      return Response.json(effectOf(answer, await project.anomalyAnswers()));
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/anomalies/feedback",
      role: "viewer",
      summary: "What people said of anomalies, newest first, each with the thresholds of its series as they are now",
    },
    async ({ c, principal }) => {
      const answers = await projectStub(c.env, principal.project).anomalyAnswers();
      return Response.json({ feedback: answers.map((answer) => effectOf(answer, answers)) });
    },
  );
}
