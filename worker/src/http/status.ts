import { liveHubStub, projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";
import { shardsOf } from "./shards.ts";

export function statusRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/status", role: "viewer", summary: "State of storage, senders, viewers and configuration" },
    async ({ c, principal }) => {
      const shards = await shardsOf(c.env, principal.project);
      const [map, viewers, statuses] = await Promise.all([
        projectStub(c.env, principal.project).shardMap(),
        liveHubStub(c.env, principal.project).viewers(),
        Promise.all(shards.map((shard) => shard.status())),
      ]);
      return Response.json({ version: VERSION, project: principal.project, time: Date.now(), viewers, shardMap: map, shards: statuses });
    },
  );
}
