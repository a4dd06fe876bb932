import { z } from "@hono/zod-openapi";
import type { WebhookReceiver } from "../objects/rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

const ReceiverBody = z.strictObject({
  url: z.url().max(2048),
  secret: z.string().min(1).max(512).optional(),
  sendResolved: z.boolean().default(true),
});

/** Secrets go in and never come out. */
const shown = ({ name, url, sendResolved, secret }: WebhookReceiver): Record<string, unknown> => ({
  name,
  url,
  sendResolved,
  signed: secret !== undefined,
});

export function receiverRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/receivers", role: "editor", summary: "Webhooks that alerts go to" },
    async ({ c, principal }) => Response.json({ receivers: (await projectStub(c.env, principal.project).receivers()).map(shown) }),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/receivers/{name}",
      role: "admin",
      summary: "Creates or replaces a webhook (Alertmanager v4 payload, signed when it has a secret)",
      body: ReceiverBody,
    },
    async ({ c, principal, body, path }) => {
      const { secret, ...rest } = body;
      const receiver: WebhookReceiver = { name: path("name"), ...rest, ...(secret === undefined ? {} : { secret }) };
      return Response.json(shown(unwrap(await projectStub(c.env, principal.project).putReceiver(principal, receiver))));
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/receivers/{name}",
      role: "admin",
      summary: "Deletes a webhook",
      answers: { status: 204, description: "Deleted" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteReceiver(principal, path("name")));
      return new Response(null, { status: 204 });
    },
  );
}
