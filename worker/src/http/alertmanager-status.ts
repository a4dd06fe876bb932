import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { startedAt } from "./started-at.ts";

/** The version of Alertmanager whose API this is, for clients that ask before they use it. */
const VERSION_INFO = {
  branch: "sightline",
  buildDate: "",
  buildUser: "sightline",
  goVersion: "",
  revision: "sightline",
  version: "0.25.0",
};

/** What amtool asks first, and whom routes can name. */
export function alertmanagerStatusRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v2/status",
      role: "viewer",
      summary: "As Alertmanager's: version, cluster of one, and routes and receivers as an alertmanager.yml without secrets",
    },
    async ({ c, principal }) => {
      const { original } = await projectStub(c.env, principal.project).alertmanagerConfig();
      return Response.json({
        cluster: { name: principal.project, peers: [], status: "ready" },
        config: { original },
        uptime: startedAt(c.env),
        versionInfo: VERSION_INFO,
      });
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/api/v2/receivers", role: "viewer", summary: "Names that routes can lead to, as Alertmanager lists them" },
    async ({ c, principal }) => {
      const { receivers } = await projectStub(c.env, principal.project).alertmanagerConfig();
      return Response.json(receivers.map((name) => ({ name })));
    },
  );
}
