import type { Context, MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-env.ts";

/** For pages that bring no policy of their own: nothing but what this origin serves, no inline script. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** What the sender calls its request, when that is short and harmless; else a name of ours. */
export const requestIdOf = (given: string | null | undefined): string =>
  given !== undefined && given !== null && /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID();

/** Request id, and headers that keep browsers from guessing, framing or leaking. */
export const securing = (requestId: string): Readonly<Record<string, string>> => ({
  "x-request-id": requestId,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
});

/** The same, in headers that may be changed and say themselves what may be kept. */
export function secure(headers: Headers, requestId: string): void {
  for (const [name, value] of Object.entries(securing(requestId)))
    if (name !== "cache-control" || headers.get(name) === null) headers.set(name, value);
}

export const securityHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const requestId = requestIdOf(c.req.header("x-request-id"));
  c.set("requestId", requestId);
  await next();
  if (c.res.status === 101) return;
  const headers = changeable(c, "x-request-id", requestId);
  secure(headers, requestId);
  if ((headers.get("content-type") ?? "").startsWith("text/html")) {
    if (headers.get("content-security-policy") === null) headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
    headers.set("x-frame-options", "DENY");
    headers.set("cross-origin-opener-policy", "same-origin");
  }
};

/** The answer's headers with the first one set. Hono's `c.header` makes a new answer for every header; only one that came from elsewhere must be copied. */
function changeable(c: Context<HttpEnv>, name: string, value: string): Headers {
  try {
    c.res.headers.set(name, value);
  } catch {
    c.header(name, value);
  }
  return c.res.headers;
}
