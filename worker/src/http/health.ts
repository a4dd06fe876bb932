import type { App } from "./declare-route.ts";
import { declareRoute } from "./declare-route.ts";
import { shardsOf } from "./shards.ts";

export const VERSION = "0.1.0";

/** `/healthz` and `/readyz` answer without a token and tell nothing but what they are asked. */
export function healthRoutes(app: App): void {
  app.get("/healthz", (c) => c.json({ status: "ok", version: VERSION }));
  app.get("/readyz", async (c) => {
    try {
      await shardsOf(c.env, "default");
      return c.json({ status: "ready" });
    } catch {
      return c.json({ status: "not ready" }, 503, { "retry-after": "1" });
    }
  });
  declareRoute(app, { method: "get", path: "/-/healthy", role: "viewer", summary: "Liveness, as Prometheus says it" }, async ({ c }) =>
    c.text("Sightline is Healthy.\n"),
  );
  declareRoute(
    app,
    { method: "get", path: "/-/ready", role: "viewer", summary: "Readiness, as Prometheus says it" },
    async ({ c, principal }) => {
      await shardsOf(c.env, principal.project);
      return c.text("Sightline is Ready.\n");
    },
  );
}
