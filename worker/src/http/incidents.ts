import { z } from "@hono/zod-openapi";
import type { IncidentsResponse } from "@sightline/shared/api/incident-responses";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { integerParameter, timeParameter } from "./v1-time.ts";

const MOST = 1000;
const Note = z.string().trim().min(1).max(20_000);

/** Alerts that began together on related things. */
export function incidentRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/incidents",
      role: "viewer",
      summary: "Incidents, the one with the newest alert first; resolved ones are kept for 90 days",
      parameters: {
        state: "open or resolved; both when absent",
        since: "ms or RFC 3339: those that were open at that time or later",
        until: "ms or RFC 3339: those that began at that time or earlier",
        limit: "100 when absent, at most 1000",
      },
    },
    async ({ c, principal, parameters }) => {
      const state = parameters.get("state");
      if (state !== null && state !== "open" && state !== "resolved")
        throw new HttpFailure("bad_request", `There is no incident state ${JSON.stringify(state)}; there are open and resolved.`);
      const response: IncidentsResponse = {
        incidents: await projectStub(c.env, principal.project).incidents({
          ...(state === null ? {} : { state }),
          startMs: timeParameter(parameters, "since", 0),
          endMs: timeParameter(parameters, "until", Number.MAX_SAFE_INTEGER),
          limit: integerParameter(parameters, "limit", 100, MOST),
        }),
      };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/incidents/{id}",
      role: "viewer",
      summary: "One incident: its probable first cause and why, its alerts, and a timeline with deploys and what people did",
    },
    async ({ c, principal, path }) => {
      const incident = await projectStub(c.env, principal.project).incident(path("id"));
      if (incident === null)
        throw new HttpFailure("not_found", `There is no incident ${JSON.stringify(path("id"))}; resolved ones are kept for 90 days.`);
      return Response.json(incident);
    },
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/incidents/{id}",
      role: "editor",
      summary: "Names an incident, or writes its post-mortem; empty text takes either away, what is absent stays",
      body: z.strictObject({ title: z.string().max(200).optional(), postMortem: z.string().max(50_000).optional() }),
    },
    async ({ c, principal, path, body: { title, postMortem } }) => {
      const words = { ...(title === undefined ? {} : { title }), ...(postMortem === undefined ? {} : { postMortem }) };
      return Response.json(unwrap(await projectStub(c.env, principal.project).writeIncident(principal, path("id"), words)));
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/incidents/{id}/ack",
      role: "editor",
      summary: "Acknowledges every alert of it that fires, 1,000 at a time",
      body: z.strictObject({ note: z.string().max(2000).optional() }),
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).acknowledgeIncident(principal, path("id"), body.note ?? null))),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/incidents/{id}/resolve",
      role: "editor",
      summary: "Resolves every open alert of it by hand, 1,000 at a time",
    },
    async ({ c, principal, path }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).resolveIncident(principal, path("id")))),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/incidents/{id}/note",
      role: "editor",
      summary: "Adds a note to the timeline",
      body: z.strictObject({ note: Note }),
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).noteIncident(principal, path("id"), body.note))),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/incidents/{id}/merge",
      role: "editor",
      summary: "Takes another incident into this one; the other is gone then",
      body: z.strictObject({ incident: z.string().min(1) }),
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).mergeIncidents(principal, path("id"), body.incident))),
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/incidents/{id}/split",
      role: "editor",
      summary: "Takes alerts out of it into an incident of their own",
      body: z.strictObject({ alerts: z.array(z.string().min(1)).min(1).max(10_000) }),
    },
    async ({ c, principal, path, body }) =>
      Response.json(unwrap(await projectStub(c.env, principal.project).splitIncident(principal, path("id"), body.alerts))),
  );
}
