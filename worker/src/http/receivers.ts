import { type Receiver, withoutSecrets } from "@sightline/shared/alerting/receiver";
import type { ChannelHealth } from "@sightline/shared/api/receiver-responses";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { ReceiverBody, receiverOf } from "./receiver-body.ts";
import { integerParameter } from "./v1-time.ts";

/** Secrets go in and never come out. A single webhook is shown in its short form too. */
function shown({ name, integrations }: Receiver, health: readonly ChannelHealth[]): Record<string, unknown> {
  const [only, ...more] = integrations;
  const short =
    only?.type === "webhook" && more.length === 0
      ? { url: only.url, sendResolved: only.sendResolved, signed: only.secret !== undefined }
      : {};
  const states = health.filter(({ receiver }) => receiver === name);
  return { name, ...short, integrations: integrations.map(withoutSecrets), health: states };
}

export function receiverRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/receivers", role: "editor", summary: "Where notifications go, and how each integration does" },
    async ({ c, principal }) => {
      const project = projectStub(c.env, principal.project);
      const [receivers, health] = await Promise.all([project.receivers(), project.receiverHealth()]);
      return Response.json({ receivers: receivers.map((receiver) => shown(receiver, health)) });
    },
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/receivers/{name}",
      role: "admin",
      summary: "Creates or replaces a receiver; secrets that are left out are kept",
      body: ReceiverBody,
    },
    async ({ c, principal, body, path }) => {
      const project = projectStub(c.env, principal.project);
      const receiver = unwrap(await project.putReceiver(principal, receiverOf(path("name"), body)));
      return Response.json(shown(receiver, await project.receiverHealth()));
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/receivers/{name}",
      role: "admin",
      summary: "Deletes a receiver with what waits for it",
      answers: { status: 204, description: "Deleted" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteReceiver(principal, path("name")));
      return new Response(null, { status: 204 });
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/receivers/{name}/test",
      role: "editor",
      summary: "Sends every integration of the receiver a test now and tells what each made of it",
    },
    async ({ c, principal, path }) =>
      Response.json({ integrations: unwrap(await projectStub(c.env, principal.project).testReceiver(principal, path("name"))) }),
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/receivers/{name}/deliveries",
      role: "editor",
      summary: "Attempts at delivery, newest first; the last 500 are kept",
      parameters: { limit: "100 when absent, at most 500" },
    },
    async ({ c, principal, path, parameters }) => {
      const limit = integerParameter(parameters, "limit", 100, 500);
      return Response.json({ deliveries: await projectStub(c.env, principal.project).deliveries(path("name"), limit) });
    },
  );
}
