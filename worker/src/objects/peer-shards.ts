import type { Env } from "../env.ts";
import type { PeerShard } from "../query/across-shards.ts";
import type { Among } from "../query/query-among.ts";
import { shardStub } from "./stubs.ts";

/** The other shards of the map's order `among`, as a query in the shard `self` asks them; undefined when it is alone. */
export function peersOf(env: Env, self: string | undefined, among: readonly string[] | undefined): Among {
  if (among === undefined || among.length < 2) return undefined;
  const own = among.indexOf(self ?? "");
  const peers = among.flatMap((name, position): readonly PeerShard[] => {
    if (position === own) return [];
    return [{ name, before: position < own, columns: (requests) => shardStub(env, name).columns(requests) }];
  });
  return { peers, wait: (ms) => scheduler.wait(ms) };
}
