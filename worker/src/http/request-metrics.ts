import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-env.ts";
import { count } from "./isolate-metrics.ts";

/** Requests by route family (two path segments, so that ids don't become labels) and status. */
export function countAnswer(path: string, method: string, status: number): void {
  // Unknown paths are one family: strangers don't choose our label values.
  const family = status === 404 ? "unknown" : path.split("/").slice(0, 3).join("/");
  count("sightline_http_requests_total", `family=${JSON.stringify(family)},method=${JSON.stringify(method)},status="${status}"`);
}

export const countRequests: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  countAnswer(c.req.path, c.req.method, c.res.status);
};
