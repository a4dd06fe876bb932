import { z } from "@hono/zod-openapi";
import { liveHubStub, projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { passUpgrade } from "./upgrade.ts";

/** The viewer's WebSocket (shared/src/api/live.ts) and the ticket for clients that cannot send a header. */
export function liveRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/live",
      role: "viewer",
      summary: "Live samples and alerts over a WebSocket",
      parameters: { ticket: "From POST /v1/live/ticket, instead of a token" },
      answers: { status: 101, description: "Upgraded" },
    },
    async ({ c, principal }) =>
      passUpgrade(c.req.raw, liveHubStub(c.env, principal.project), {
        "x-sightline-principal": encodeURIComponent(JSON.stringify(principal)),
      }),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/live/ticket",
      role: "viewer",
      summary: "A one-use ticket for one WebSocket, valid for 60 s",
      answers: { status: 200, description: "The ticket", schema: z.object({ ticket: z.string() }) },
    },
    async ({ c, principal }) => Response.json({ ticket: await projectStub(c.env, principal.project).issueTicket(principal) }),
  );
}
