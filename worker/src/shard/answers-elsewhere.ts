import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { AppendOutcome, RepeatableRequest } from "../objects/append-outcome.ts";
import type { ShardMap } from "../objects/rpc.ts";
import { otherOwners } from "../project/shard-owners.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/**
 * What shards that may have had a sender answered to a request with that key; null where none had it. Failures: `idempotency_key_reused`,
 * and `unavailable` where a shard cannot tell: the request may be a repeat, so it is not taken.
 */
export async function recallElsewhere(
  neighbours: ShardNeighbours | undefined,
  map: ShardMap | undefined,
  sender: string,
  request: RepeatableRequest,
): Promise<Result<AppendOutcome | null>> {
  if (neighbours === undefined || map === undefined) return ok(null);
  const shards = otherOwners(map, neighbours.self, [sender]);
  const answers = await Promise.all(
    shards.map((shard) =>
      neighbours.askAnswer(shard, sender, request).catch(() => {
        const message = `whether ${shard} has had this request before its sender came here cannot be told now; nothing was taken, try again`;
        return fail("unavailable", message, 1000);
      }),
    ),
  );
  return answers.find((answer) => !answer.ok || answer.value !== null) ?? ok(null);
}
