import { z } from "@hono/zod-openapi";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { refreshShardMap } from "./shard-map-cache.ts";

/** How many shards the project has, and since when. */
export function shardMapRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/shards", role: "viewer", summary: "The shard map: shards, epochs, and the senders divided among several" },
    async ({ c, principal }) => Response.json(await projectStub(c.env, principal.project).shardMap()),
  );
  declareRoute(
    app,
    {
      method: "put",
      path: "/v1/shards",
      role: "admin",
      summary: "Adds shards; senders whose best shard is a new one move there with their sequence, what they sent stays readable",
      body: z.strictObject({
        shards: z.number().int().min(1).optional().openapi({ description: "How many there shall be; the number only grows" }),
        split: z.string().min(1).max(400).optional().openapi({
          description:
            "A sender as /v1/status names it, whose series are divided among 4 shards from now on. Shards ask for it by themselves when one sender fills them",
        }),
      }),
    },
    async ({ c, principal, body }) => {
      const project = projectStub(c.env, principal.project);
      if (body.shards !== undefined) unwrap(await project.growShards(principal, body.shards));
      if (body.split !== undefined) await project.splitSender(body.split, principal);
      const map = await project.shardMap();
      await refreshShardMap(c.env, principal.project);
      return Response.json(map);
    },
  );
}
