import { z } from "@hono/zod-openapi";
import type { RouteForm, RoutingForm } from "@sightline/shared/alerting/routing-form";
import type { UnheardRulesResponse } from "@sightline/shared/api/alerting-responses";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

const Texts = z.array(z.string().max(1024)).max(100);
const Pairs = z.record(z.string(), z.string());

const RouteBody: z.ZodType<RouteForm> = z
  .strictObject({
    receiver: z.string().min(1).max(128).optional(),
    matchers: Texts.optional(),
    match: Pairs.optional(),
    match_re: Pairs.optional(),
    group_by: Texts.optional(),
    group_wait: z.string().optional(),
    group_interval: z.string().optional(),
    repeat_interval: z.string().optional(),
    mute_time_intervals: Texts.optional(),
    active_time_intervals: Texts.optional(),
    continue: z.boolean().optional(),
    get routes() {
      return z.array(RouteBody).max(500).optional();
    },
  })
  .openapi("Route") as unknown as z.ZodType<RouteForm>;

const InhibitRuleBody = z.strictObject({
  source_matchers: Texts.optional(),
  source_match: Pairs.optional(),
  source_match_re: Pairs.optional(),
  target_matchers: Texts.optional(),
  target_match: Pairs.optional(),
  target_match_re: Pairs.optional(),
  equal: Texts.optional(),
});

const TimeIntervalBody = z.strictObject({
  name: z.string().min(1).max(128),
  time_intervals: z
    .array(
      z.strictObject({
        times: z.array(z.strictObject({ start_time: z.string(), end_time: z.string() })).optional(),
        weekdays: Texts.optional(),
        days_of_month: Texts.optional(),
        months: Texts.optional(),
        years: Texts.optional(),
        location: z.string().optional(),
      }),
    )
    .max(100),
});

export const RoutesBody = z.strictObject({
  route: RouteBody,
  inhibit_rules: z.array(InhibitRuleBody).max(500).optional(),
  time_intervals: z.array(TimeIntervalBody).max(200).optional(),
});

/** Who is told of which alert: Alertmanager's routing tree, in its own field names. */
export function routingRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/routes",
      role: "viewer",
      summary: "Routes, inhibition rules and time intervals, as Alertmanager's configuration writes them",
    },
    async ({ c, principal }) => Response.json(await projectStub(c.env, principal.project).routes()),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/routes",
      role: "admin",
      summary: "Replaces routes, inhibition rules and time intervals as one",
      body: RoutesBody,
    },
    async ({ c, principal, body }) =>
      // Absent and undefined fields are the same to whoever reads the form.
      Response.json(unwrap(await projectStub(c.env, principal.project).putRoutes(principal, body as RoutingForm))),
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/routes",
      role: "admin",
      summary: "Back to the default: every receiver gets every alert, grouped by rule",
      answers: { status: 204, description: "Back to the default" },
    },
    async ({ c, principal }) => {
      await projectStub(c.env, principal.project).deleteRoutes(principal);
      return new Response(null, { status: 204 });
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/routes/test",
      role: "viewer",
      summary: "Where an alert with these labels would go now, and why; nothing is sent",
      body: z.strictObject({ labels: Pairs }),
    },
    async ({ c, principal, body }) => Response.json(await projectStub(c.env, principal.project).testRoutes(body.labels)),
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/routes/unheard",
      role: "viewer",
      summary: "Rules whose alerts would reach nobody beyond the editor and the page, and why",
    },
    async ({ c, principal }) => {
      const response: UnheardRulesResponse = { rules: await projectStub(c.env, principal.project).unheardRules() };
      return Response.json(response);
    },
  );
}
