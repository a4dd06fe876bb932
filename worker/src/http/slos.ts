import { z } from "@hono/zod-openapi";
import type { SlosResponse } from "@sightline/shared/api/responses";
import type { Slo, SloStatus } from "@sightline/shared/model/slo";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { mergeSlos } from "./merge-slos.ts";
import { askShards } from "./shards.ts";

export const SloBody = z.strictObject({
  name: z.string().min(1).max(200),
  kind: z.enum(["availability", "latency"]),
  good: z.string().min(1).openapi({ description: "Selector of good events" }),
  total: z.string().min(1).openapi({ description: "Selector of all events" }),
  thresholdSeconds: z.number().positive().optional(),
  objective: z.number().gt(0).lt(1),
  windowMs: z
    .number()
    .int()
    .min(3_600_000)
    .max(90 * 86_400_000),
});

export const sloOf = (id: string, { thresholdSeconds, ...rest }: z.infer<typeof SloBody>): Slo => ({
  id,
  ...rest,
  ...(thresholdSeconds === undefined ? {} : { thresholdSeconds }),
});

/** An SLO that no shard has counted for yet. */
const uncounted = (slo: Slo): SloStatus => ({
  slo,
  sli: null,
  good: 0,
  total: 0,
  budgetRemaining: null,
  burnRates: [],
  summary: "No events counted yet.",
});

export function sloRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/slos", role: "viewer", summary: "SLOs with what is left of their budgets" },
    async ({ c, principal }) => {
      const [slos, parts] = await Promise.all([
        projectStub(c.env, principal.project).slos(),
        askShards(c.env, principal.project, (shard) => shard.slos()),
      ]);
      const counted = mergeSlos(parts);
      const response: SlosResponse = { slos: slos.map((slo) => counted.find((status) => status.slo.id === slo.id) ?? uncounted(slo)) };
      return Response.json(response);
    },
  );
  declareRoute(
    app,
    { method: "put", path: "/v1/slos/{id}", role: "editor", summary: "Creates or replaces an SLO", body: SloBody },
    async ({ c, principal, body, path }) => {
      const id = path("id");
      if (!/^[\w.-]{1,128}$/.test(id)) throw new HttpFailure("bad_request", "An SLO's id takes letters, digits and any of _ . - only.");
      return Response.json(unwrap(await projectStub(c.env, principal.project).putSlo(principal, sloOf(id, body))));
    },
  );
  declareRoute(
    app,
    {
      method: "delete",
      path: "/v1/slos/{id}",
      role: "editor",
      summary: "Deletes an SLO",
      answers: { status: 204, description: "Deleted" },
    },
    async ({ c, principal, path }) => {
      unwrap(await projectStub(c.env, principal.project).deleteSlo(principal, path("id")));
      return new Response(null, { status: 204 });
    },
  );
}
