import { z } from "@hono/zod-openapi";
import type { DeclaredDependencies } from "@sightline/shared/api/incident-responses";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";

const Names = z.array(z.string().min(1).max(256)).max(200);

export const DependenciesBody = z.strictObject({
  dependsOn: Names.default([]).openapi({ description: "services, hosts, addresses and databases that the service calls" }),
  runsOn: Names.default([]).openapi({ description: "hosts, as their series say in host_name" }),
});

export const declaredOf = (service: string, { dependsOn, runsOn }: z.infer<typeof DependenciesBody>): DeclaredDependencies => ({
  service,
  dependsOn: [...new Set(dependsOn)],
  runsOn: [...new Set(runsOn)],
});

/** Who needs whom: what is known of it, and what people say beside that. */
export function topologyRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/v1/topology",
      role: "viewer",
      summary: "What runs where and calls what, as labels, deploys and people say; labels are looked at anew when that is five minutes ago",
    },
    async ({ c, principal }) => Response.json(await projectStub(c.env, principal.project).topology()),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/topology",
      role: "admin",
      summary: "Whether alerts are held while what they stand on is down; they are unless this says otherwise",
      body: z.strictObject({ suppression: z.boolean() }),
    },
    async ({ c, principal, body }) => {
      const project = projectStub(c.env, principal.project);
      await project.switchSuppression(principal, body.suppression);
      return Response.json(await project.topology());
    },
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/topology/{service}",
      role: "editor",
      summary: "Declares what a service needs, instead of what was declared before",
      body: DependenciesBody,
    },
    async ({ c, principal, path, body }) => {
      const declared = declaredOf(path("service"), body);
      return Response.json(unwrap(await projectStub(c.env, principal.project).declareDependencies(principal, declared)));
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/topology/{service}",
      role: "editor",
      summary: "Takes back what was declared; what labels and deploys say stays",
      answers: { status: 204, description: "Taken back" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).takeBackDependencies(principal, path("service")));
      return new Response(null, { status: 204 });
    },
  );
}
