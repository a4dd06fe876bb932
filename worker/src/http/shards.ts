import type { Env } from "../env.ts";
import type { Result } from "@sightline/shared/model/result";
import type { SenderContext, SeriesShardRpc, ShardMap } from "../objects/rpc.ts";
import type { Fetches } from "../objects/stubs.ts";
import { shardStub } from "../objects/stubs.ts";
import { bestShard, ownerOf } from "../project/shard-owners.ts";
import { HttpFailure } from "./http-failure.ts";
import { refreshShardMap, shardMapOf } from "./shard-map-cache.ts";

export type Shard = SeriesShardRpc & Fetches;

/** Shards asked at the same time by one request. */
const AT_ONCE = 16;

/** Every shard of the project, in the map's order. */
export async function shardsOf(env: Env, project: string): Promise<readonly Shard[]> {
  return (await shardMapOf(env, project)).shards.map((name) => shardStub(env, name));
}

/** Asks every shard of every epoch and keeps the map's order. A shard that breaks is named in the failure. */
export async function askShards<T>(env: Env, project: string, ask: (shard: Shard, name: string) => Promise<T>): Promise<T[]> {
  const { shards } = await shardMapOf(env, project);
  const answers: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < shards.length; index = next++) {
      const name = shards[index] ?? "";
      answers[index] = await named(name, ask(shardStub(env, name), name), shards.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, shards.length) }, worker));
  return answers;
}

async function named<T>(name: string, answer: Promise<T>, shards: number): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HttpFailure || shards === 1) throw error;
    console.error(
      JSON.stringify({ level: "error", shard: name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    throw new HttpFailure("unavailable", `The shard ${name} does not answer. Nothing was changed; try again.`, { retryAfterMs: 1000 });
  }
}

/** The shard that evaluates an expression, and the shards whose series count: every one of every epoch. */
export interface Coordinator {
  readonly shard: Shard;
  readonly among: readonly string[];
}

export async function coordinatorOf(env: Env, project: string, query: string): Promise<Coordinator> {
  const { shards } = await shardMapOf(env, project);
  // Spread by expression: a page of panels is evaluated by many shards, the same panel always by one.
  return { shard: shardStub(env, bestShard(shards, query)), among: shards };
}

/** The shard at this place of the map, to answer for all of them. */
export async function shardAt(env: Env, project: string, position: number): Promise<Coordinator> {
  const { shards } = await shardMapOf(env, project);
  return { shard: shardStub(env, shards[position] ?? ""), among: shards };
}

/** Brings a write to the shard that owns its sender. When the sender has moved since the map was asked for, once more by the newest map. */
export async function writeToOwner<T>(
  env: Env,
  context: SenderContext,
  write: (shard: Shard, context: SenderContext, map: ShardMap) => Promise<Result<T>>,
): Promise<Result<T>> {
  const by = (map: ShardMap): Promise<Result<T>> =>
    write(shardStub(env, ownerOf(map, context.sender)), { ...context, mapVersion: map.version }, map);
  const answer = await by(await shardMapOf(env, context.project));
  if (answer.ok || answer.error.code !== "moved") return answer;
  return by(await refreshShardMap(env, context.project));
}
