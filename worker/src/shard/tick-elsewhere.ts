import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { Select } from "@sightline/shared/promql/api";
import { Pace, SHARE_NS } from "@sightline/shared/promql/evaluation/pace";
import type { ShardConfig, ShardMap, ShardSlo } from "../objects/rpc.ts";
import { acrossShards } from "../query/across-shards.ts";
import type { Pause } from "../query/beside-ingest.ts";
import { inSteps } from "../query/query-source.ts";
import { READER_TURNS, RULES } from "../query/reader-turns.ts";
import type { SeriesReads } from "../query/series-reads.ts";
import type { Elsewhere, Evaluation, EvaluationPlan, RulePlace } from "../rules/api.ts";
import type { ShardNeighbours } from "./shard-neighbours.ts";

/** Rules wait this long for other shards, ms; then those that need them say so, and their alerts stay as they are. */
const TIMEOUT_MS = 10_000;

/** The first shard of a map leads: it is there from the beginning, and the map only grows. */
export function rulePlace(map: ShardMap | undefined, self: string | undefined): RulePlace {
  if (map === undefined || self === undefined || map.shards.length < 2) return "alone";
  return map.shards[0] === self ? "leader" : "follower";
}

/** What a leader's tick needs of the other shards, asked in one call each; undefined when nothing that is due needs them. */
export async function tickElsewhere(
  evaluation: Evaluation,
  local: SeriesReads,
  settings: { readonly config: ShardConfig | null },
  neighbours: ShardNeighbours | undefined,
  pause: Pause,
  nowMs: number,
): Promise<Elsewhere | undefined> {
  const { config } = settings;
  const map = config?.map;
  const reads = evaluation.tickReads(nowMs);
  if (reads === null || neighbours === undefined || map === undefined) return undefined;
  const among = neighbours.peers(map.shards);
  if (among === undefined) return undefined;
  const options = { ...among, timeoutMs: TIMEOUT_MS, partial: false, pause: () => pause(RULES) };
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

/** Evaluates what is due; others go first in between, as beside a query. */
export async function tickInSteps(evaluation: Evaluation, pause: Pause, nowMs: number, elsewhere?: Elsewhere): Promise<EvaluationPlan> {
  const pace = new Pace(SHARE_NS, READER_TURNS.firstShareNs);
  const plan = await inSteps(evaluation.tick(nowMs, elsewhere, pace), () => pause(RULES));
  READER_TURNS.computed(pace.sinceStop);
  return plan;
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
