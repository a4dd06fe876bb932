import { z } from "@hono/zod-openapi";
import type { OnCallResponse } from "@sightline/shared/api/responses";
import { formatDuration } from "@sightline/shared/model/duration";
import type { EscalationPolicy } from "@sightline/shared/on-call/policy";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { Instant, PolicyBody, ScheduleBody, UserId, policyOf, scheduleOf } from "./on-call-bodies.ts";
import { timeParameter } from "./v1-time.ts";

const DAY_MS = 86_400_000;
const OverrideBody = z.strictObject({ user: UserId, start: Instant, end: Instant });

/** What a reader sees is what they may put: the wait in words. */
const shownPolicy = ({ name, steps, repeat }: EscalationPolicy): Record<string, unknown> => ({
  name,
  steps: steps.map(({ targets, waitMs }) => ({ targets, wait: formatDuration(waitMs) })),
  repeat,
});

const NO_CONTENT = { status: 204, description: "Deleted" };
const noContent = (): Response => new Response(null, { status: 204 });

function scheduleRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/oncall",
      role: "viewer",
      summary: "Who is on call by each schedule, until when, and who follows",
      parameters: { at: "Another moment than now: ms since 1970 or RFC 3339" },
    },
    async ({ c, principal, parameters }) => {
      const at = timeParameter(parameters, "at", Date.now());
      const response: OnCallResponse = { at, schedules: await projectStub(c.env, principal.project).onCall(at) };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/v1/oncall/schedules", role: "viewer", summary: "Schedules with their layers and overrides" },
    async ({ c, principal }) => Response.json({ schedules: await projectStub(c.env, principal.project).schedules() }),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/oncall/schedules/{name}",
      role: "admin",
      summary: "Creates or replaces a schedule; overrides that are not given stay",
      body: ScheduleBody,
    },
    async ({ c, principal, body, path }) => {
      const project = projectStub(c.env, principal.project);
      return Response.json(unwrap(await project.putSchedule(principal, scheduleOf(path("name"), body))));
    },
  );
  declareRoute(
    app,
    { method: "delete", path: "/v1/oncall/schedules/{name}", role: "admin", summary: "Deletes a schedule", answers: NO_CONTENT },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteSchedule(principal, path("name")));
      return noContent();
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/oncall/schedules/{name}/overrides",
      role: "editor",
      summary: "Somebody stands in from `start` to `end`",
      body: OverrideBody,
      answers: { status: 201, description: "The override with its id" },
    },
    async ({ c, principal, body, path }) => {
      const wanted = { user: body.user, startMs: body.start, endMs: body.end };
      const override = unwrap(await projectStub(c.env, principal.project).addOverride(principal, path("name"), wanted));
      return Response.json(override, { status: 201 });
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/oncall/schedules/{name}/overrides/{id}",
      role: "editor",
      summary: "Takes an override back",
      answers: NO_CONTENT,
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).removeOverride(principal, path("name"), path("id")));
      return noContent();
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/oncall/schedules/{name}/shifts",
      role: "viewer",
      summary: "Who is on call when, in order; gaps are times without anybody",
      parameters: { start: "Now when absent", end: "Four weeks after the start when absent; at most 400 days after it" },
    },
    async ({ c, principal, parameters, path }) => {
      const start = timeParameter(parameters, "start", Date.now());
      const end = timeParameter(parameters, "end", start + 28 * DAY_MS);
      return Response.json({ shifts: unwrap(await projectStub(c.env, principal.project).shifts(path("name"), start, end)) });
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/oncall/schedules/{name}/calendar",
      role: "viewer",
      summary: "A signed address for calendar programs to subscribe to (iCalendar); whoever has it can read the shifts",
    },
    async ({ c, principal, path }) => {
      const link = unwrap(await projectStub(c.env, principal.project).calendarLink(path("name")));
      return Response.json({ url: new URL(`/oncall/${link}.ics`, c.req.url).href });
    },
  );
}

function policyRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/oncall/policies", role: "viewer", summary: "Escalation policies; routes name them as receivers" },
    async ({ c, principal }) => Response.json({ policies: (await projectStub(c.env, principal.project).policies()).map(shownPolicy) }),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/oncall/policies/{name}",
      role: "admin",
      summary: "Creates or replaces an escalation policy; `repeat` null goes on until somebody acknowledges",
      body: PolicyBody,
    },
    async ({ c, principal, body, path }) => {
      const policy = policyOf(path("name"), body);
      return Response.json(shownPolicy(unwrap(await projectStub(c.env, principal.project).putPolicy(principal, policy))));
    },
  );
  declareRoute(
    app,
    { method: "delete", path: "/v1/oncall/policies/{name}", role: "admin", summary: "Deletes an escalation policy", answers: NO_CONTENT },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deletePolicy(principal, path("name")));
      return noContent();
    },
  );
}

/** For calendar programs, which send no token: the address itself is signed. */
function calendarRoute(app: App): void {
  app.get("/oncall/:file{.+\\.ics}", async (c) => {
    const link = c.req.param("file").replace(/\.ics$/, "");
    const [project = ""] = link.split(".");
    const calendar = /^[a-z0-9][a-z0-9-]{0,62}$/.test(project) ? await projectStub(c.env, project).calendar(link) : null;
    if (calendar === null)
      throw new HttpFailure(
        "not_found",
        "This calendar's address is not valid; ask for a new one: POST /v1/oncall/schedules/NAME/calendar.",
      );
    return new Response(calendar, { headers: { "content-type": "text/calendar; charset=utf-8", "cache-control": "private, max-age=300" } });
  });
}

export function onCallRoutes(app: App): void {
  scheduleRoutes(app);
  policyRoutes(app);
  calendarRoute(app);
}
