import { z } from "@hono/zod-openapi";
import type { AlertTraceResponse } from "@sightline/shared/alerting/trace";
import type { AlertsResponse } from "@sightline/shared/api/responses";
import { parseDuration } from "@sightline/shared/model/duration";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { integerParameter } from "./v1-time.ts";

const AckBody = z.object({ note: z.string().max(2000).optional() });
const NoteBody = z.strictObject({ note: z.string().max(20_000) });
const SnoozeBody = z.strictObject({
  until: z
    .union([z.number(), z.iso.datetime({ offset: true })])
    .optional()
    .openapi({ description: "ms or RFC 3339" }),
  duration: z.string().optional().openapi({ description: "such as 30m or 2h; 0s ends a snooze" }),
});

function snoozeEnd({ until, duration }: z.infer<typeof SnoozeBody>): number {
  if ((until === undefined) === (duration === undefined))
    throw new HttpFailure("bad_request", "A snooze takes either until or duration. Nothing was changed.");
  if (until !== undefined) return typeof until === "number" ? until : Date.parse(until);
  return Date.now() + unwrap(parseDuration(duration ?? ""));
}

const missing = (id: string): HttpFailure =>
  new HttpFailure("not_found", `There is no alert ${JSON.stringify(id)}; resolved ones are kept for 90 days.`);

/** What people do about one alert, and what became of it. */
export function alertActionRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/alerts/{id}/ack",
      role: "editor",
      summary: "Acknowledges a firing alert; the acknowledgement ends when it resolves",
      body: AckBody,
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).acknowledge(principal, path("id"), body.note ?? null))),
  );
  declareRoute(
    app,
    { method: "post", path: "/v1/alerts/{id}/resolve", role: "editor", summary: "Resolves an alert by hand" },
    async ({ c, principal, path }) => Response.json(unwrap(await projectStub(c.env, principal.project).resolve(principal, path("id")))),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/alerts/{id}/snooze",
      role: "editor",
      summary: "Puts one firing alert off; if it still fires then, people are told anew",
      body: SnoozeBody,
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).snooze(principal, path("id"), snoozeEnd(body)))),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/alerts/{id}/note",
      role: "editor",
      summary: "Writes what was learned from an alert, open or resolved; an empty note takes it away",
      body: NoteBody,
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).note(principal, path("id"), body.note))),
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/alerts/{id}/trace",
      role: "viewer",
      summary: "Why the alert fired, and what each stage decided about telling people of it",
    },
    async ({ c, principal, path }) => {
      const found = await projectStub(c.env, principal.project).alertTrace(path("id"));
      if (found === null) throw missing(path("id"));
      const response: AlertTraceResponse = { alert: found.alert, condition: found.alert.condition, ...found.trace };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/alerts/{id}/history",
      role: "viewer",
      summary: "Every time this rule fired on the same labels, within 90 days and 200 times, the newest first",
      parameters: { limit: "200 when absent" },
    },
    async ({ c, principal, parameters, path }) => {
      const limit = integerParameter(parameters, "limit", 200, 200);
      const alerts = await projectStub(c.env, principal.project).history(path("id"), limit);
      if (alerts === null) throw missing(path("id"));
      const response: AlertsResponse = { alerts };
      return Response.json(response);
    },
  );
}
