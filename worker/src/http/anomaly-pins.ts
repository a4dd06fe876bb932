import { z } from "@hono/zod-openapi";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

export const PinsBody = z.array(z.string().min(1).max(4000)).openapi({ description: 'series selectors, such as up{job="api"}' });
const PinsPut = z.strictObject({ pins: PinsBody });

/** Series that the rich tier of detectors takes before any other. */
export function anomalyPinRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/anomalies/pins",
      role: "viewer",
      summary: "Selectors of the series that are pinned: judged by the rich tier before any other",
    },
    async ({ c, principal }) => Response.json({ pins: await projectStub(c.env, principal.project).pins() }),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/anomalies/pins",
      role: "editor",
      summary: "Replaces the selectors of the series that are pinned, at most 64",
      body: PinsPut,
    },
    async ({ c, principal, body }) =>
      Response.json({ pins: unwrap(await projectStub(c.env, principal.project).putPins(principal, body.pins)) }),
  );
}
