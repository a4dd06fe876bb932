import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { integerParameter } from "./v1-time.ts";

export function auditRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/audit",
      role: "admin",
      summary: "Who changed what, newest first; every entry carries the hash of the one before",
      parameters: { limit: "100 when absent" },
    },
    async ({ c, principal, parameters }) =>
      Response.json({ entries: await projectStub(c.env, principal.project).audit(integerParameter(parameters, "limit", 100, 1000)) }),
  );
}
