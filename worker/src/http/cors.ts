import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-env.ts";

/** Cross-origin calls carry a bearer token and never cookies (nor a kept password: kept-password.ts), so the allow-list of `CORS_ORIGINS` is all there is to configure. */
export const cors: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const origin = c.req.header("origin");
  const permitted = origin !== undefined && isAllowedOrigin(c.env.CORS_ORIGINS ?? "", origin);
  if (c.req.method === "OPTIONS") {
    const headers = new Headers({ vary: "origin" });
    if (permitted) {
      headers.set("access-control-allow-origin", origin);
      headers.set("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS");
      headers.set("access-control-allow-headers", "authorization, content-type, content-encoding, idempotency-key, x-sightline-sender");
      headers.set("access-control-max-age", "600");
    }
    return new Response(null, { status: 204, headers });
  }
  await next();
  if (permitted && c.res.status !== 101) {
    c.header("access-control-allow-origin", origin);
    c.header("access-control-expose-headers", "retry-after, x-request-id");
    c.header("vary", "origin", { append: true });
  }
  return undefined;
};

/** Whether pages of this origin are on the list: commas between, `*` for all. */
const isAllowedOrigin = (list: string, origin: string): boolean => isNamedOrigin(list, origin) || isNamedOrigin(list, "*");

/** Whether the list has this very origin. */
export const isNamedOrigin = (list: string, origin: string): boolean => list.split(",").some((entry) => entry.trim() === origin);
