import { z } from "@hono/zod-openapi";
import { ROLES } from "@sightline/shared/model/principal";
import type { NewToken } from "../objects/rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { durationMs } from "./prometheus-time.ts";

const TOKEN_FIELDS = {
  name: z.string().min(1).max(200),
  role: z.enum(ROLES),
  user: z.string().optional().openapi({ description: "Id of the user it belongs to; a machine's without" }),
  expiresIn: z.union([z.number().int().positive(), z.string()]).optional().openapi({ description: "ms, or a duration such as 90d" }),
};

/** A token that silently reaches further than was asked for would be worse than none. */
const TokenBody = z.strictObject(TOKEN_FIELDS, {
  error: (issue) =>
    issue.code === "unrecognized_keys" && issue.keys.includes("scope")
      ? "scope is not supported yet: a token reaches its whole project; leave scope out, or use a project of its own"
      : undefined,
});

function expiry(expiresIn: number | string | undefined): number | null {
  if (expiresIn === undefined) return null;
  const ms = typeof expiresIn === "number" ? expiresIn : durationMs(expiresIn);
  if (ms === null || ms <= 0)
    throw new HttpFailure("bad_request", "expiresIn takes a duration such as 90d, or milliseconds. No token was made.");
  return ms;
}

export function tokenRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/tokens", role: "admin", summary: "Tokens without their secrets" },
    async ({ c, principal }) => Response.json({ tokens: await projectStub(c.env, principal.project).tokens() }),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/tokens",
      role: "admin",
      summary: "Makes a token; the answer is the only time it is shown",
      body: TokenBody,
      answers: { status: 201, description: "Created", schema: z.object({ id: z.string(), token: z.string() }) },
    },
    async ({ c, principal, body }) => {
      const expiresInMs = expiry(body.expiresIn);
      const request: NewToken = {
        name: body.name,
        role: body.role,
        ...(body.user === undefined ? {} : { user: body.user }),
        ...(expiresInMs === null ? {} : { expiresInMs }),
      };
      return Response.json(unwrap(await projectStub(c.env, principal.project).createToken(principal, request)), { status: 201 });
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/tokens/{id}",
      role: "admin",
      summary: "Revokes a token; it stops working within 5 s",
      answers: { status: 204, description: "Revoked" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).revokeToken(principal, path("id")));
      return new Response(null, { status: 204 });
    },
  );
}
