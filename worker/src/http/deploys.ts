import { z } from "@hono/zod-openapi";
import type { DeploysResponse } from "@sightline/shared/api/incident-responses";
import type { NewDeploy } from "@sightline/shared/model/deploy";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { timeParameter } from "./v1-time.ts";

const WEEK_MS = 7 * 86_400_000;
const MOST = 1000;

const Name = z.string().min(1).max(256);

const DeployBody = z.strictObject({
  service: Name.openapi({ description: "as its series say in service_name" }),
  version: Name,
  at: z
    .union([z.number().int().nonnegative(), z.iso.datetime({ offset: true })])
    .optional()
    .openapi({ description: "ms or RFC 3339; now when absent" }),
  host: Name.optional().openapi({ description: "where it went to one host alone" }),
  dependsOn: z.array(Name).max(100).optional().openapi({ description: "services, hosts and addresses that it needs" }),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  author: z.string().max(200).optional(),
});

function newDeploy({ at, ...told }: z.infer<typeof DeployBody>): NewDeploy {
  // Absent and undefined fields are the same to whoever reads a deploy.
  return { ...told, ...(at === undefined ? {} : { at: typeof at === "number" ? at : Date.parse(at) }) } as NewDeploy;
}

/** What was changed when: reported by whoever deploys, asked for by whoever wonders. */
export function deployRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "post",
      path: "/v1/deploys",
      role: "ingest",
      summary: "Reports a deploy; the same version of a service twice within ten minutes is one",
      body: DeployBody,
      answers: { status: 201, description: "Kept; 200 when it was known" },
    },
    async ({ c, principal, body }) => {
      const { deploy, created } = unwrap(await projectStub(c.env, principal.project).recordDeploy(principal, newDeploy(body)));
      return Response.json(deploy, { status: created ? 201 : 200 });
    },
  );
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/deploys",
      role: "viewer",
      summary: "Deploys, newest first, at most 1,000; they are kept for 90 days",
      parameters: { service: "of this service alone", since: "ms or RFC 3339; a week back when absent" },
    },
    async ({ c, principal, parameters }) => {
      const since = timeParameter(parameters, "since", Date.now() - WEEK_MS);
      const response: DeploysResponse = {
        deploys: await projectStub(c.env, principal.project).deploys(parameters.get("service"), since, MOST),
      };
      return Response.json(response);
    },
  );
}
