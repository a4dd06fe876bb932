import { projectStub } from "../objects/stubs.ts";
import { readText } from "./body.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

/** Rule groups. The project reads the file: YAML, of which JSON is a part, in Prometheus's format or the short form. */
export function ruleRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/rules", role: "viewer", summary: "Rule groups as they are in force" },
    async ({ c, principal }) => Response.json({ groups: await projectStub(c.env, principal.project).ruleGroups() }),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/rules",
      role: "editor",
      summary: "Creates or replaces the groups of a rule file; groups it does not name stay",
      rawBody: { mediaType: "application/yaml", description: "Prometheus's rule file format or the short form, as YAML or JSON" },
    },
    async ({ c, principal }) => {
      const text = await readText(c.req.raw);
      return Response.json({ groups: unwrap(await projectStub(c.env, principal.project).putRuleFile(principal, text)) });
    },
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/rules/{group}",
      role: "editor",
      summary: "Creates or replaces one rule group; the others stay",
      rawBody: {
        mediaType: "application/yaml",
        description: "The group, its rules, or a rule file with this group alone, as YAML or JSON",
      },
    },
    async ({ c, principal, path }) => {
      const text = await readText(c.req.raw);
      const [group] = unwrap(await projectStub(c.env, principal.project).putRuleFile(principal, text, path("group")));
      return Response.json(group);
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/rules/{group}",
      role: "editor",
      summary: "Deletes a rule group",
      answers: { status: 204, description: "Deleted" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteRuleGroup(principal, path("group")));
      return new Response(null, { status: 204 });
    },
  );
}
