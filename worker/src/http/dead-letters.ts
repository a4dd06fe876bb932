import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { integerParameter } from "./v1-time.ts";

function idOf(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw new HttpFailure("not_found", `There is no dead letter ${text}; GET /v1/dead-letters lists them.`);
  return id;
}

export function deadLetterRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/dead-letters",
      role: "editor",
      summary: "Notifications that were refused or found nobody for a day, newest first",
      parameters: { limit: "100 when absent, at most 1000" },
    },
    async ({ c, principal, parameters }) => {
      const limit = integerParameter(parameters, "limit", 100, 1000);
      return Response.json({ deadLetters: await projectStub(c.env, principal.project).deadLetters(limit) });
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/dead-letters/{id}/retry",
      role: "editor",
      summary: "Sends a dead letter again, with another day to arrive",
      answers: { status: 204, description: "On its way" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).retryDeadLetter(principal, idOf(path("id"))));
      return new Response(null, { status: 204 });
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/dead-letters/{id}",
      role: "editor",
      summary: "Discards a dead letter",
      answers: { status: 204, description: "Discarded" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).discardDeadLetter(principal, idOf(path("id"))));
      return new Response(null, { status: 204 });
    },
  );
}
