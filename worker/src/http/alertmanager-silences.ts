import { z } from "@hono/zod-openapi";
import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { AlertmanagerSilence } from "../objects/alertmanager-rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { filterMatchers } from "./alertmanager-alerts.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";

const Time = z.iso.datetime({ offset: true });
const PostedSilenceBody = z.object({
  id: z.string().max(64).nullable().optional().openapi({ description: "of the silence to change; absent or empty for a new one" }),
  matchers: z
    .array(z.object({ name: z.string().min(1), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) }))
    .min(1)
    .max(30),
  startsAt: Time,
  endsAt: Time,
  createdBy: z.string().max(128),
  comment: z.string().max(2000),
});

const silenceJson = ({ id, state, startsAt, endsAt, updatedAt, comment, createdBy, matchers }: AlertmanagerSilence) => ({
  id,
  status: { state },
  updatedAt: new Date(updatedAt).toISOString(),
  comment,
  createdBy,
  endsAt: new Date(endsAt).toISOString(),
  matchers: matchers.map(({ isEqual, isRegex, name, value }) => ({ isEqual, isRegex, name, value })),
  startsAt: new Date(startsAt).toISOString(),
});

/** Alertmanager's API for silences, as amtool uses it. */
export function alertmanagerSilenceRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v2/silences",
      role: "viewer",
      summary: "Silences in force, to come, and ended within five days, as Alertmanager shows them",
      parameters: { filter: "matcher held against names and values of the silence's own matchers; may be given several times" },
    },
    async ({ c, principal, parameters }) => {
      const silences = await projectStub(c.env, principal.project).alertmanagerSilences(filterMatchers(parameters));
      return Response.json(silences.map(silenceJson));
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v2/silences",
      role: "editor",
      summary: "Creates a silence; with an id it changes that one, in place while it can be",
      body: PostedSilenceBody,
    },
    async ({ c, principal, body }) => {
      const { id, startsAt, endsAt, createdBy, matchers, comment } = body;
      const request: SilenceRequest = {
        ...(id === undefined || id === null || id === "" ? {} : { id }),
        matchers,
        startsAt: Date.parse(startsAt),
        endsAt: Date.parse(endsAt),
        comment,
        ...(createdBy === "" ? {} : { author: createdBy }),
      };
      return Response.json(unwrap(await projectStub(c.env, principal.project).silence(principal, request)));
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/api/v2/silence/{id}", role: "viewer", summary: "One silence as Alertmanager shows it" },
    async ({ c, principal, path }) => {
      const silence = await projectStub(c.env, principal.project).alertmanagerSilence(path("id"));
      if (silence === null)
        throw new HttpFailure("not_found", `There is no silence ${JSON.stringify(path("id"))}; GET /api/v2/silences lists them.`);
      return Response.json(silenceJson(silence));
    },
  );
  declareRoute(
    app,
    { method: "delete", path: "/api/v2/silence/{id}", role: "editor", summary: "Ends a silence now" },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).expireSilence(principal, path("id")));
      return new Response(null, { status: 200 });
    },
  );
}
