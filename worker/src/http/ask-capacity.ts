import type { CapacityQuestion, CapacityResponse } from "@sightline/shared/api/analyses";
import { DEFAULT_DEMAND } from "@sightline/shared/capacity/bounded-resources";
import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import type { DeclaredResource } from "@sightline/shared/model/capacity";
import type { Env } from "../env.ts";
import { projectStub } from "../objects/stubs.ts";
import { unwrap } from "./http-failure.ts";
import { warnIfNone } from "../query/no-series.ts";
import { askShards, coordinatorOf } from "./shards.ts";

/** What is asked of all shards; `demand` where somebody named it. */
export type CapacityAsked = Pick<CapacityQuestion, "startMs" | "endMs" | "kind" | "scenario"> & { readonly demand?: string };

export interface AskedCapacity {
  readonly response: CapacityResponse;
  /** `capacityId` of what there was too much of to judge. */
  readonly unjudged: readonly string[];
}

const NOTHING_KNOWN = { hosts: 1, machines: [], timestamps: new Float64Array(), values: new Float64Array() };

/** Every bounded resource of the project, judged by the shards that have it and joined, and what was not judged. Throws HttpFailure. */
export async function askCapacity(env: Env, project: string, asked: CapacityAsked): Promise<AskedCapacity> {
  const { startMs, endMs, kind, scenario } = asked;
  const settings = await projectStub(env, project).capacitySettings();
  const query = asked.demand ?? settings.demand ?? DEFAULT_DEMAND;
  const named = asked.demand !== undefined || settings.demand !== undefined;
  const { shard, among } = await coordinatorOf(env, project, query);
  const demand = await shard.analyze("demand", { query, startMs, endMs }, among);
  // What nobody named may be missing; what somebody named must be right.
  if (!demand.ok && named) unwrap(demand);
  const { hosts, machines, ...columns } = demand.ok ? demand.value : NOTHING_KNOWN;
  const known = columns.timestamps.length > 0;
  const missing = demand.ok ? (known || !named ? [] : (warnIfNone(query, []).warnings ?? [])) : [demand.error.message];
  const question: CapacityQuestion = {
    startMs,
    endMs,
    hosts,
    machines,
    declared: [],
    ...(kind === undefined ? {} : { kind }),
    ...(known ? { demand: columns } : {}),
    ...(scenario === undefined ? {} : { scenario }),
  };
  // A host's metrics lie in one shard, which judges them; what is declared may be summed over all.
  const parts = await askShards(env, project, async (each) => unwrap(await each.analyze("capacity", question)));
  for (const one of settings.resources) {
    const declared = { ...question, declared: [one], declaredOnly: true };
    const answer = unwrap(await shard.analyze("capacity", declared, among));
    const isMissing = answer.resources.length === 0 && answer.warnings.length === 0 && (kind === undefined || kind === one.kind);
    parts.push(isMissing ? { ...answer, warnings: [`${one.name}: ${nothingBounded(one)}`] } : answer);
  }
  const response = capacityResponse(parts, {
    startMs,
    endMs,
    hosts,
    settings,
    warnings: missing.map((warning) => `demand: ${warning}`),
    ...(kind === undefined ? {} : { kind }),
    ...(known ? { demand: query } : {}),
    ...(scenario === undefined ? {} : { scenario }),
  });
  return { response, unjudged: parts.flatMap(({ left }) => left) };
}

/** Somebody declared it, and would take its absence for good news. */
const nothingBounded = ({ used, limit }: DeclaredResource): string =>
  typeof limit === "number"
    ? `${used} has no samples, so that it is not judged.`
    : `no series of ${used} has a limit by ${limit}, so that it is not judged: both must have samples, and the same labels.`;

const DAY = 86_400_000;
/** Growth of weeks does not change faster than that; and where it takes long, it is asked for a fiftieth of the time at most. */
const FRESH_MS = 60_000;
const SELDOM = 50;
const PROJECTS = 256;
/** Whoever waits is told what was known after that. */
const PATIENCE_MS = 2000;
/** After that a question that was asked is taken for lost. */
const LOST_MS = 120_000;

interface Kept {
  readonly answer: AskedCapacity | null;
  readonly until: number;
  /** When it was asked for anew, ms; null while nobody did. */
  readonly askedAt: number | null;
}

const known = new Map<string, Kept>();

/**
 * By the last 28 days, a minute old or a little more, or what was known before while that takes long; `later` keeps the request's work alive.
 * Null where nothing is known yet: whoever tells of it keeps what they told.
 */
export async function recentCapacity(
  env: Env,
  project: string,
  nowMs: number,
  later: (work: Promise<unknown>) => void,
): Promise<AskedCapacity | null> {
  const kept = known.get(project) ?? { answer: null, until: 0, askedAt: null };
  if (kept.until > nowMs || (kept.askedAt !== null && nowMs - kept.askedAt < LOST_MS)) return kept.answer;
  if (known.size >= PROJECTS) known.clear();
  known.set(project, { ...kept, askedAt: nowMs });
  const asking = ask(env, project, nowMs);
  later(asking);
  return Promise.race([asking, scheduler.wait(PATIENCE_MS).then(() => kept.answer)]);
}

async function ask(env: Env, project: string, nowMs: number): Promise<AskedCapacity | null> {
  try {
    const answer = await askCapacity(env, project, { startMs: nowMs - 28 * DAY, endMs: nowMs });
    // Both shards and their waiting for ingest are in it.
    const took = Date.now() - nowMs;
    // Nobody who changed the settings meanwhile is told by the old ones.
    if (known.get(project)?.askedAt === nowMs)
      known.set(project, { answer, until: nowMs + Math.max(FRESH_MS, SELDOM * took), askedAt: null });
    return answer;
  } catch (error) {
    console.error(JSON.stringify({ level: "error", message: "capacity could not be judged for the insights", error: String(error) }));
    const { answer = null } = known.get(project) ?? {};
    known.set(project, { answer, until: nowMs + FRESH_MS, askedAt: null });
    return answer;
  }
}

/** Settings have changed. */
export const forgetRecentCapacity = (project: string): void => void known.delete(project);
