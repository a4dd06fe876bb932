import type { Env } from "../env.ts";
import { answerFailure } from "./answer-failure.ts";
import type { App } from "./declare-route.ts";
import type { HotRoute } from "./hot-route.ts";
import { letIn } from "./let-in.ts";
import { HOT_QUERIES } from "./prometheus-query.ts";
import { HOT_WRITE } from "./remote-write.ts";
import { countAnswer } from "./request-metrics.ts";
import { requestIdOf, secure, securing } from "./security-headers.ts";

const HOT: readonly HotRoute[] = [HOT_WRITE, ...HOT_QUERIES];

const QUESTION_MARK = 63;

/** Undefined for what the application answers: other routes, and calls of a page of another origin. */
function hotRouteOf(request: Request): HotRoute | undefined {
  const { url } = request;
  const begin = url.indexOf("/", url.indexOf("//") + 2);
  for (const route of HOT) {
    if (!url.startsWith(route.path, begin)) continue;
    const end = begin + route.path.length;
    const isWhole = url.length === end;
    if (!isWhole && !(route.takesParameters && url.charCodeAt(end) === QUESTION_MARK)) continue;
    return route.methods.includes(request.method) && request.headers.get("origin") === null ? route : undefined;
  }
  return undefined;
}

async function answerHot(route: HotRoute, request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  const requestId = requestIdOf(request.headers.get("x-request-id"));
  const background = (work: Promise<void>): void => context.waitUntil(work);
  let response: Response;
  try {
    response = await letIn(request, { env, now: Date.now(), background }, route.entrance, (principal) =>
      route.answer({ env, principal, request, headers: securing(requestId) }),
    );
  } catch (error) {
    response = await answerFailure(error, request, route.path, env, requestId);
    secure(response.headers, requestId);
  }
  countAnswer(route.path, request.method, response.status);
  return response;
}

/**
 * The application, with a way around it for nearly all requests of a server under load: routing, middleware and context
 * cost a remote write of 2,000 samples a twentieth of all it costs, storage included, and a query of one series more. What
 * they are answered is the same.
 */
export function withHotRoutes(app: App): {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>;
} {
  return {
    fetch: (request, env, context) => {
      const route = hotRouteOf(request);
      return route === undefined ? app.fetch(request, env, context) : answerHot(route, request, env, context);
    },
  };
}
