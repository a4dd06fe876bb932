import { z } from "@hono/zod-openapi";
import { SECRET_SHOWN } from "@sightline/shared/alerting/receiver";
import type { User } from "@sightline/shared/model/principal";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

export const UserBody = z.strictObject({
  name: z.string().min(1).max(200),
  email: z.string().max(320).default(""),
  timeZone: z.string().max(64).default("UTC"),
  contacts: z
    .array(z.strictObject({ kind: z.string().min(1).max(32), value: z.string().max(500) }))
    .max(20)
    .default([]),
});

/** Addresses that take messages and keys of accounts are for those who set them; a mail address or a name on Slack is none. */
const withoutKeys = (user: User): User => ({
  ...user,
  contacts: user.contacts.map(({ kind, value }) => ({
    kind,
    value: kind === "email" || (kind === "slack" && !value.includes("://")) ? value : SECRET_SHOWN,
  })),
});

export function userRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/users", role: "viewer", summary: "People whom tokens, acknowledgements and schedules name" },
    async ({ c, principal }) => {
      const users = await projectStub(c.env, principal.project).users();
      return Response.json({ users: principal.role === "admin" ? users : users.map(withoutKeys) });
    },
  );
  declareRoute(
    app,
    { method: "put", path: "/v1/users/{id}", role: "admin", summary: "Creates or replaces a user", body: UserBody },
    async ({ c, principal, body, path }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).putUser(principal, { id: path("id"), ...body }))),
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/users/{id}",
      role: "admin",
      summary: "Deletes a user and revokes their tokens",
      answers: { status: 204, description: "Deleted" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteUser(principal, path("id")));
      return new Response(null, { status: 204 });
    },
  );
}
