import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { Select, SelectRequest } from "@sightline/shared/promql/api";
import { Pace } from "@sightline/shared/promql/evaluation/pace";
import type { ShardConfig, ShardMap, ShardSlo } from "../objects/rpc.ts";
import { acrossShards } from "../query/across-shards.ts";
import { inSteps } from "../query/query-source.ts";
import { SelectRefusal } from "../query/select-refusal.ts";
import type { SeriesReads } from "../query/series-reads.ts";
import type { Elsewhere, Evaluation, RulePlace } from "../rules/api.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/** Rules wait this long for other shards, ms; then those that need them say so, and their alerts stay as they are. */
const TIMEOUT_MS = 10_000;

/** The first shard of a map leads: it is there from the beginning, and the map only grows. */
export function rulePlace(map: ShardMap | undefined, self: string | undefined): RulePlace {
  if (map === undefined || self === undefined || map.shards.length < 2) return "alone";
  return map.shards[0] === self ? "leader" : "follower";
}

/**
 * What a leader's tick needs of the other shards, asked in one call each; undefined when nothing that is due needs them. Forecasts that rules
 * of this shard need are made first, one at a time: in the tick itself nothing could go between them.
 */
export async function tickElsewhere(
  evaluation: Evaluation,
  local: SeriesReads,
  settings: { readonly config: ShardConfig | null },
  { neighbours, wait }: { readonly neighbours?: ShardNeighbours; readonly wait: (ms: number) => Promise<void> },
  nowMs: number,
): Promise<Elsewhere | undefined> {
  await forecastFor(evaluation.dueReads(nowMs), local, wait);
  const { config } = settings;
  const map = config?.map;
  const reads = evaluation.tickReads(nowMs);
  if (reads === null || neighbours === undefined || map === undefined) return undefined;
  const among = neighbours.peers(map.shards);
  if (among === undefined) return undefined;
  const options = { ...among, timeoutMs: TIMEOUT_MS, partial: false };
  // Everything is known beforehand, so what was gathered outlives the call.
  const [select, slos] = await Promise.all([
    acrossShards<Select>(local, options, reads.requests, (source) => ok((request) => source.select(request))),
    reads.burns
      ? slosOf(
          map.shards.filter((name) => name !== neighbours.self),
          neighbours,
          among.wait,
        )
      : ok([]),
  ]);
  // Rules that came meanwhile read what was not asked for: they are due at the next tick.
  return settings.config?.version === config?.version ? { at: nowMs, select, slos } : undefined;
}

/** What is refused here the rule is told when it reads. */
async function forecastFor(requests: readonly SelectRequest[], local: SeriesReads, wait: (ms: number) => Promise<void>): Promise<void> {
  try {
    for (const request of requests) await inSteps(local.forecastFor(request, new Pace()), () => wait(0));
  } catch (error) {
    if (!(error instanceof SelectRefusal)) throw error;
  }
}

async function slosOf(
  names: readonly string[],
  neighbours: ShardNeighbours,
  wait: (ms: number) => Promise<void>,
): Promise<Result<readonly (readonly ShardSlo[])[]>> {
  const late = wait(TIMEOUT_MS).then(() => fail("timeout", "the events of other shards did not come in time"));
  try {
    return await Promise.race([Promise.all(names.map((name) => neighbours.askSlos(name))).then((all) => ok(all)), late]);
  } catch (error) {
    return fail("unavailable", error instanceof Error ? error.message : String(error));
  }
}
