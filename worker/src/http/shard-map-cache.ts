import type { Env } from "../env.ts";
import type { ShardMap } from "../objects/rpc.ts";
import { projectStub } from "../objects/stubs.ts";

const CACHE_MS = 5000;
const PROJECTS = 1024;
const maps = new Map<string, { readonly map: ShardMap; readonly until: number }>();

/** The shard map, at most 5 s old. A write that went by an older one is answered `moved` and asks again. */
export async function shardMapOf(env: Env, project: string): Promise<ShardMap> {
  const known = maps.get(project);
  return known !== undefined && known.until > Date.now() ? known.map : refreshShardMap(env, project);
}

export async function refreshShardMap(env: Env, project: string): Promise<ShardMap> {
  const map = await projectStub(env, project).shardMap();
  if (maps.size >= PROJECTS) maps.clear();
  maps.set(project, { map, until: Date.now() + CACHE_MS });
  return map;
}
