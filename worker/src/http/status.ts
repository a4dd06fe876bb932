import { liveHubStub, projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { VERSION } from "./health.ts";
import { askShards, type Shard } from "./shards.ts";

/** A shard that does not answer is a problem to be shown, not a reason to show nothing. */
async function statusOf(shard: Shard, name: string): Promise<Record<string, unknown>> {
  try {
    return { shard: name, ...(await shard.status()) };
  } catch (error) {
    const problems = [`this shard does not answer: ${error instanceof Error ? error.message : String(error)}`];
    return { shard: name, series: 0, samples: 0, samplesPerSecond: 0, rejected: {}, noted: {}, senders: [], topMetrics: [], problems };
  }
}

export function statusRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/status", role: "viewer", summary: "State of storage, senders, viewers and configuration" },
    async ({ c, principal }) => {
      const project = projectStub(c.env, principal.project);
      const [map, receivers, viewers, statuses] = await Promise.all([
        project.shardMap(),
        project.receiverHealth(),
        liveHubStub(c.env, principal.project).viewers(),
        askShards(c.env, principal.project, statusOf),
      ]);
      return Response.json({
        version: VERSION,
        project: principal.project,
        time: Date.now(),
        viewers,
        receivers,
        shardMap: map,
        shards: statuses,
      });
    },
  );
}
