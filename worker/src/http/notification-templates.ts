import { z } from "@hono/zod-openapi";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

export const TemplateBody = z.strictObject({
  text: z.string().openapi({ description: 'Go templates, {{ define "a.name" }}…{{ end }}, with Alertmanager\'s data and functions' }),
});

export function templateRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/templates", role: "viewer", summary: "Template files of notifications" },
    async ({ c, principal }) => Response.json({ templates: await projectStub(c.env, principal.project).templates() }),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/templates/{name}",
      role: "admin",
      summary: "Creates or replaces a template file; what it defines stands over the defaults",
      body: TemplateBody,
    },
    async ({ c, principal, body, path }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).putTemplate(principal, { name: path("name"), text: body.text }))),
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/templates/{name}",
      role: "admin",
      summary: "Deletes a template file",
      answers: { status: 204, description: "Deleted" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteTemplate(principal, path("name")));
      return new Response(null, { status: 204 });
    },
  );
}
