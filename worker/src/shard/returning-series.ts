import type { ShardMap } from "../objects/rpc.ts";
import { homeOf } from "../project/shard-owners.ts";
import type { SampleWriter } from "./sample-writer.ts";

/** When series may last have come from another shard, ms; 0 where they never did. */
export const movedAt = (map: ShardMap | undefined): number =>
  map === undefined || map.version <= 1 ? 0 : Math.max(1, ...[...map.epochs, ...map.splits].map(({ sinceMs }) => sinceMs));

/**
 * Whether series that this shard once had may come back to it with the map `after`, which takes the place of `before`. More
 * shards never bring a sender back (rendezvous hashing); its division does, when it had moved away whole and this shard takes a
 * share of it. What stands here of their running totals was counted before others went on with them.
 */
export function seriesReturn(before: ShardMap | undefined, after: ShardMap | undefined, self: string | undefined): boolean {
  if (after === undefined || self === undefined) return false;
  const known = new Set(before?.splits.map(({ sender }) => sender));
  return after.splits.some(
    ({ sender, shards }) =>
      !known.has(sender) && shards.indexOf(self) > 0 && after.epochs.some((epoch) => homeOf(epoch.shards, sender) === self),
  );
}

/** The zeros from which totals begin anew, in one transaction with what `beside` writes: both are on the disk, or neither is. */
export function beginTotalsAnew(writer: SampleWriter, nowMs: number, beside: () => void): void {
  writer.beginTotalsAnew(nowMs);
  writer.store.commit(nowMs, beside);
}
