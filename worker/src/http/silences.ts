import { z } from "@hono/zod-openapi";
import type { SilenceRequest } from "@sightline/shared/api/responses";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

const SilenceBody = z.strictObject({
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
  startsAt: z.number().optional().openapi({ description: "ms; now when absent" }),
  endsAt: z.number().openapi({ description: "ms" }),
  comment: z.string().max(2000).default(""),
});

export function silenceRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/silences", role: "viewer", summary: "Silences that are or will be in force" },
    async ({ c, principal }) => Response.json({ silences: await projectStub(c.env, principal.project).silences() }),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/silences",
      role: "editor",
      summary: "Silences the alerts that all matchers match",
      body: SilenceBody,
      answers: { status: 201, description: "Created", schema: z.object({ silenceID: z.string() }) },
    },
    async ({ c, principal, body }) => {
      const { startsAt, ...rest } = body;
      const request: SilenceRequest = startsAt === undefined ? rest : { ...rest, startsAt };
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
