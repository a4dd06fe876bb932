import { z } from "@hono/zod-openapi";
import type { Env } from "../env.ts";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import { refreshShardMap } from "./shard-map-cache.ts";
import { askShards } from "./shards.ts";

/** Named in a refusal. */
const MOST_NAMED = 20;

/** A sender of frames as /v1/status has it, or of writes without HELLO: a token's id, alone or before `:` and a name. Throws `not_found`. */
async function requireSender(env: Env, project: string, sender: string): Promise<void> {
  const [tokens, statuses] = await Promise.all([projectStub(env, project).tokens(), askShards(env, project, (shard) => shard.status())]);
  const ids = new Set(["bootstrap", ...tokens.map(({ id }) => id)]);
  const known = new Set(statuses.flatMap(({ senders }) => senders.map((one) => one.sender)));
  if (known.has(sender) || ids.has(sender.split(":", 1)[0] ?? "")) return;
  const named = [...known].sort();
  const shown = named.slice(0, MOST_NAMED).join(", ") + (named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : "");
  throw new HttpFailure(
    "not_found",
    `No sender is called ${JSON.stringify(sender.slice(0, 80))}, so nothing was divided. ${named.length === 0 ? "None has sent frames yet" : `Senders of frames are ${shown}`}; writes without frames go by their token's id, alone or with the name of X-Sightline-Sender behind a colon.`,
  );
}

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
      if (body.split !== undefined) await requireSender(c.env, principal.project, body.split);
      if (body.shards !== undefined) unwrap(await project.growShards(principal, body.shards));
      if (body.split !== undefined) await project.splitSender(body.split, principal);
      const map = await project.shardMap();
      await refreshShardMap(c.env, principal.project);
      return Response.json(map);
    },
  );
}
