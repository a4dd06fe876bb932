import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-env.ts";
import { count } from "./isolate-metrics.ts";

/** Requests by route family (two path segments, so that ids don't become labels) and status. */
export const countRequests: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const status = c.res.status;
  // Unknown paths are one family: strangers don't choose our label values.
  const family = status === 404 ? "unknown" : c.req.path.split("/").slice(0, 3).join("/");
  count("sightline_http_requests_total", `family=${JSON.stringify(family)},method=${JSON.stringify(c.req.method)},status="${status}"`);
};
