import { z } from "@hono/zod-openapi";
import type { SilencesResponse } from "@sightline/shared/api/alerting-responses";
import type { SilenceRequest } from "@sightline/shared/api/responses";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { Instant } from "./on-call-bodies.ts";

const SilenceBody = z.strictObject({
  id: z.string().min(1).max(64).optional().openapi({ description: "of the silence to change; absent for a new one" }),
  matchers: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        value: z.string(),
        isRegex: z.boolean().default(false),
        isEqual: z.boolean().default(true),
      }),
    )
    .min(1)
    .max(30),
  startsAt: Instant.optional().openapi({ description: "ms or RFC 3339; now when absent" }),
  endsAt: Instant.openapi({ description: "ms or RFC 3339" }),
  comment: z.string().max(2000).default(""),
});

export function silenceRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/silences",
      role: "viewer",
      summary: "Silences that are or will be in force, each with the alerts it holds now and has held",
      parameters: { expired: "true: those that ended within five days as well" },
    },
    async ({ c, principal, parameters }) => {
      const ended = parameters.get("expired") === "true";
      const response: SilencesResponse = { silences: await projectStub(c.env, principal.project).silenceReports(ended) };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/silences",
      role: "editor",
      summary: "Silences the alerts that all matchers match; with an id it changes that silence",
      body: SilenceBody,
      answers: { status: 201, description: "Created", schema: z.object({ silenceID: z.string() }) },
    },
    async ({ c, principal, body }) => {
      const { id, startsAt, ...rest } = body;
      const request: SilenceRequest = {
        ...rest,
        ...(id === undefined ? {} : { id }),
        ...(startsAt === undefined ? {} : { startsAt }),
      };
      return Response.json(unwrap(await projectStub(c.env, principal.project).silence(principal, request)), { status: 201 });
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/silences/{id}",
      role: "editor",
      summary: "Ends a silence now",
      answers: { status: 204, description: "Ended" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).expireSilence(principal, path("id")));
      return new Response(null, { status: 204 });
    },
  );
}
