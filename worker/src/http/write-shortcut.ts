import type { Env } from "../env.ts";
import { answerFailure } from "./answer-failure.ts";
import type { App } from "./declare-route.ts";
import { letIn } from "./let-in.ts";
import { REMOTE_WRITE_ENTRANCE, REMOTE_WRITE_PATH, takeRemoteWrite } from "./remote-write.ts";
import { countAnswer } from "./request-metrics.ts";
import { requestIdOf, secure } from "./security-headers.ts";

/** Without parameters, and not from a page in a browser. */
function isPlainRemoteWrite(request: Request): boolean {
  const { url } = request;
  return (
    request.method === "POST" &&
    url.endsWith(REMOTE_WRITE_PATH) &&
    url.indexOf("/", url.indexOf("//") + 2) === url.length - REMOTE_WRITE_PATH.length &&
    request.headers.get("origin") === null
  );
}

async function answerRemoteWrite(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  const requestId = requestIdOf(request.headers.get("x-request-id"));
  const background = (work: Promise<void>): void => context.waitUntil(work);
  let response: Response;
  try {
    response = await letIn(request, { env, now: Date.now(), background }, REMOTE_WRITE_ENTRANCE, (principal) =>
      takeRemoteWrite(env, principal, request),
    );
  } catch (error) {
    response = await answerFailure(error, request, REMOTE_WRITE_PATH, env, requestId);
  }
  secure(response.headers, requestId);
  countAnswer(REMOTE_WRITE_PATH, request.method, response.status);
  return response;
}

/**
 * The application, with a way around it for nearly all requests of a server under load: routing, middleware and context
 * cost a remote write of 2,000 samples a twentieth of all it costs, storage included. What it is answered is the same.
 */
export function withWriteShortcut(app: App): {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>;
} {
  return {
    fetch: (request, env, context) =>
      isPlainRemoteWrite(request) ? answerRemoteWrite(request, env, context) : app.fetch(request, env, context),
  };
}
