import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-env.ts";

/** For pages that bring no policy of their own: nothing but what this origin serves, no inline script. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Request id, and headers that keep browsers from guessing, framing or leaking. */
export const securityHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const given = c.req.header("x-request-id");
  const requestId = given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID();
  c.set("requestId", requestId);
  await next();
  if (c.res.status === 101) return;
  c.header("x-request-id", requestId);
  c.header("x-content-type-options", "nosniff");
  c.header("referrer-policy", "no-referrer");
  if (c.res.headers.get("cache-control") === null) c.header("cache-control", "no-store");
  if ((c.res.headers.get("content-type") ?? "").startsWith("text/html")) {
    if (c.res.headers.get("content-security-policy") === null) c.header("content-security-policy", CONTENT_SECURITY_POLICY);
    c.header("x-frame-options", "DENY");
    c.header("cross-origin-opener-policy", "same-origin");
  }
};
