import type { Env } from "../env.ts";
import type { LiveHubRpc, ProjectRpc, SeriesShardRpc } from "./rpc.ts";

/** What every stub can do besides its own calls: take an HTTP request, for WebSocket upgrades. */
export interface Fetches {
  fetch(request: Request): Promise<Response>;
}

// An untyped stub forwards any method name; the classes declare `implements`, so the compiler checks the other end.

/** `name` as in the project's shard map, e.g. `default/shard-0`. */
export const shardStub = (env: Env, name: string): SeriesShardRpc & Fetches =>
  env.SERIES_SHARD.getByName(name) as unknown as SeriesShardRpc & Fetches;

export const projectStub = (env: Env, project: string): ProjectRpc & Fetches =>
  env.PROJECT.getByName(project) as unknown as ProjectRpc & Fetches;

/** A hub carries the name of its project. */
export const liveHubStub = (env: Env, project: string): LiveHubRpc & Fetches =>
  env.LIVE_HUB.getByName(project) as unknown as LiveHubRpc & Fetches;
