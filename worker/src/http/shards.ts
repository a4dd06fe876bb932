import type { Env } from "../env.ts";
import type { Fetches } from "../objects/stubs.ts";
import { projectStub, shardStub } from "../objects/stubs.ts";
import type { SeriesShardRpc, ShardMap } from "../objects/rpc.ts";

export type Shard = SeriesShardRpc & Fetches;

const CACHE_MS = 5000;
const maps = new Map<string, { readonly map: ShardMap; readonly until: number }>();

async function shardMap(env: Env, project: string): Promise<ShardMap> {
  const now = Date.now();
  const known = maps.get(project);
  if (known !== undefined && known.until > now) return known.map;
  const map = await projectStub(env, project).shardMap();
  if (maps.size >= 1024) maps.clear();
  maps.set(project, { map, until: now + CACHE_MS });
  return map;
}

/** FNV-1a, 32 bits: spreads well enough for rendezvous and needs no digest. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Rendezvous (highest random weight) hashing: a sender stays on its shard while others come and go. */
function shardNameOf(map: ShardMap, sender: string): string {
  let best = "";
  let bestWeight = -1;
  for (const shard of map.shards) {
    const weight = fnv1a(`${sender}\u0000${shard}`);
    if (weight > bestWeight) [best, bestWeight] = [shard, weight];
  }
  return best;
}

export async function shardOf(env: Env, project: string, sender: string): Promise<Shard> {
  return shardStub(env, shardNameOf(await shardMap(env, project), sender));
}

/** Every shard of the project, in the map's order. */
export async function shardsOf(env: Env, project: string): Promise<readonly Shard[]> {
  return (await shardMap(env, project)).shards.map((name) => shardStub(env, name));
}

/** The shard that answers expressions. The map of today has one shard; with more, the query planner takes this place. */
export async function queryShard(env: Env, project: string): Promise<Shard> {
  return shardOf(env, project, "");
}
