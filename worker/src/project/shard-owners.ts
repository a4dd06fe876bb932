import { IMPORT_SENDER } from "@sightline/shared/protocol/import-sender";
import type { ShardMap } from "../objects/rpc.ts";

/**
 * Rendezvous (highest random weight) hashing, Thaler and Ravishankar 1998: who owns a sender follows from the names of the
 * shards alone, and when shards are added, only the senders whose best shard is a new one move.
 */

/** FNV-1a over UTF-16 code units, 32 bits, then the finalizer of MurmurHash3: names that differ in their last digit must differ everywhere. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The best of `shards` for a key; empty when there are none. */
export function bestShard(shards: readonly string[], key: string): string {
  if (shards.length === 1) return shards[0] ?? "";
  let best = "";
  let bestWeight = -1;
  for (const shard of shards) {
    const weight = hash(`${key}\u0000${shard}`);
    if (weight > bestWeight) [best, bestWeight] = [shard, weight];
  }
  return best;
}

/**
 * Of these shards the one that takes a sender's writes while it is whole. History that an administrator imports goes to the last
 * one: of samples at the same time that one's stand, so what is imported replaces what any shard has, and a later import an earlier one.
 */
export const homeOf = (shards: readonly string[], sender: string): string =>
  sender.startsWith(IMPORT_SENDER) ? (shards.at(-1) ?? "") : bestShard(shards, sender);

/** The shards among which a sender's series are divided, its primary first; undefined while it has one shard. */
export const splitOf = (map: ShardMap, sender: string): readonly string[] | undefined =>
  map.splits.findLast((split) => split.sender === sender)?.shards;

/** The shard that takes a sender's writes. A split sender stays with its primary however the map grows. */
export const ownerOf = (map: ShardMap, sender: string): string => splitOf(map, sender)?.[0] ?? homeOf(map.shards, sender);

/** Every shard besides `self` that may hold what was known of a sender in this or an earlier epoch, newest epoch first. `names`: what it was routed by. */
export function otherOwners(map: ShardMap, self: string, names: readonly string[]): readonly string[] {
  const owners = new Set<string>();
  for (const name of names) owners.add(ownerOf(map, name));
  for (const epoch of map.epochs.toReversed()) for (const name of names) owners.add(homeOf(epoch.shards, name));
  owners.delete(self);
  return [...owners];
}
