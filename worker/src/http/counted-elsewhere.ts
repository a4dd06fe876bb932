import { Pace } from "@sightline/shared/promql/evaluation/pace";
import type { Env } from "../env.ts";
import { type CountedBefore, countedBefore } from "../query/counted-before.ts";
import { inSteps } from "../query/query-source.ts";
import { letOthersIn } from "./let-others-in.ts";
import { askShards } from "./shards.ts";

/** Label sets of all shards that are held against one another at a time: 12 bytes of each, and a table of as many again. */
const SETS_AT_ONCE = 500_000;
/** A minute long it stands, for those who ask every few seconds: it changes when senders move. */
const STANDS_MS = 60_000;
const PROJECTS = 64;

/** How many series of a shard another one counts. */
export interface ElsewhereCounts {
  readonly series: number;
  readonly byMetric: ReadonlyMap<string, number>;
}

type CountsByShard = ReadonlyMap<string, ElsewhereCounts>;

const last = new Map<string, { readonly shards: CountsByShard; readonly until: number }>();

/** As it was within the last minute. */
export async function lastCountedElsewhere(env: Env, project: string, series: number, nowMs: number): Promise<CountsByShard> {
  const known = last.get(project);
  if (known !== undefined && known.until > nowMs) return known.shards;
  const elsewhere = await countedElsewhere(env, project, series);
  const shards = new Map([...elsewhere].map(([name, { refs, byMetric }]) => [name, { series: refs.length, byMetric }] as const));
  if (last.size >= PROJECTS) last.clear();
  last.set(project, { shards, until: nowMs + STANDS_MS });
  return shards;
}

/** Of each shard, by its name, the series that another one counts. `series`: how many there are in all of them, more or less. */
export async function countedElsewhere(env: Env, project: string, series: number): Promise<ReadonlyMap<string, CountedBefore>> {
  const all = new Map<string, { refs: number[]; byMetric: Map<string, number> }>();
  const parts = Math.max(1, Math.ceil(series / SETS_AT_ONCE));
  const pace = new Pace();
  for (let part = 0; part < parts; part++) {
    const told = await askShards(env, project, async (shard, name) => ({ name, sets: await shard.labelSetHashes(part, parts) }));
    const counted = countedBefore(
      told.map(({ sets }) => sets),
      pace,
    );
    for (const [at, { refs, byMetric }] of (await inSteps(counted, letOthersIn)).entries()) {
      const name = told[at]?.name ?? "";
      const known = all.get(name) ?? { refs: [], byMetric: new Map<string, number>() };
      all.set(name, known);
      for (const ref of refs) known.refs.push(ref);
      for (const [metric, count] of byMetric) known.byMetric.set(metric, (known.byMetric.get(metric) ?? 0) + count);
    }
  }
  return all;
}
