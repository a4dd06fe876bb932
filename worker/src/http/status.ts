import type { Env } from "../env.ts";
import type { ShardStatus } from "../objects/rpc.ts";
import { fullDisk } from "../objects/full-disk.ts";
import { liveHubStub, projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { damageOf } from "./damage-notices.ts";
import { failureOf } from "./failure-of.ts";
import { VERSION } from "./health.ts";
import { refusedAtIntake } from "./intake-gate.ts";
import { askShards, type Shard } from "./shards.ts";

const NOTHING = { series: 0, samples: 0, samplesPerSecond: 0, rejected: {}, noted: {}, senders: [], topMetrics: [] };

interface StatusOfShard extends Record<string, unknown> {
  readonly overload?: ShardStatus["overload"];
}

/** A shard that does not answer is a problem to be shown, not a reason to show nothing. */
async function statusOf(env: Env, shard: Shard, name: string, requestId: string): Promise<StatusOfShard> {
  const damage = damageOf(env.DAMAGE, env.SERIES_SHARD, name);
  try {
    const status = await shard.status();
    return { shard: name, ...status, problems: [...damage, ...status.problems] };
  } catch (error) {
    const { message } = failureOf(error, requestId).failure;
    return { shard: name, ...NOTHING, problems: [...damage, ...fullDisk.problems(), `this shard does not answer: ${message}`] };
  }
}

export function statusRoutes(app: App): void {
  declareRoute(
    app,
    { method: "get", path: "/v1/status", role: "viewer", summary: "State of storage, senders, viewers and configuration" },
    async ({ c, principal }) => {
      const project = projectStub(c.env, principal.project);
      const unheard = new Set<string>();
      /** One that cannot be opened, as on a full disk, must not hide what the others say. */
      const heard = async <T, U>(who: string, asked: Promise<T>, otherwise: U): Promise<T | U> => {
        try {
          return await asked;
        } catch (error) {
          unheard.add(`${who} does not answer: ${failureOf(error, c.get("requestId")).failure.message}`);
          return otherwise;
        }
      };
      const [map, receivers, problems, viewers, statuses] = await Promise.all([
        heard("the project", project.shardMap(), null),
        heard("the project", project.receiverHealth(), []),
        heard("the project", project.problems(), []),
        heard("the live hub", liveHubStub(c.env, principal.project).viewers(), 0),
        askShards(c.env, principal.project, (shard, name) => statusOf(c.env, shard, name, c.get("requestId"))),
      ]);
      return Response.json({
        version: VERSION,
        project: principal.project,
        time: Date.now(),
        viewers,
        receivers,
        shardMap: map,
        // Before a shard was known, and by the shards themselves.
        overload: { refused: refusedAtIntake() + statuses.reduce((sum, { overload }) => sum + (overload?.refused ?? 0), 0) },
        shards: statuses,
        problems: [
          damageOf(c.env.DAMAGE, c.env.PROJECT, principal.project),
          damageOf(c.env.DAMAGE, c.env.LIVE_HUB, principal.project),
          problems,
          [...unheard],
        ].flat(),
      });
    },
  );
}
