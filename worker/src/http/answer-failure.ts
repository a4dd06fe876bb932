import type { Env } from "../env.ts";
import { discardBody, isLeftToServer } from "./body.ts";
import { errorResponse, familyOf } from "./error-body.ts";
import { failureOf } from "./failure-of.ts";

/** What a request that failed is answered, in the words of its route family. */
export async function answerFailure(error: unknown, request: Request, path: string, env: Env, requestId: string): Promise<Response> {
  const { failure, headers } = failureOf(error, requestId);
  // Cloudflare's edge has taken the whole body before the Worker sees it; here the sender is on the other end.
  // Of overload there are many refusals, and they must cost little.
  const left = failure.code === "overloaded" && isLeftToServer(request);
  if (env.PROFILE === "local" && !left) await discardBody(request).catch(() => undefined);
  return errorResponse(familyOf(path, request.headers.get("content-type") ?? ""), failure, headers);
}
