import type { CapacityQuestion, CapacityResponse } from "@sightline/shared/api/analyses";
import { DEFAULT_DEMAND } from "@sightline/shared/capacity/bounded-resources";
import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import type { Env } from "../env.ts";
import { projectStub } from "../objects/stubs.ts";
import { unwrap } from "./http-failure.ts";
import { askShards, coordinatorOf } from "./shards.ts";

/** What is asked of all shards; `demand` where somebody named it. */
export type CapacityAsked = Pick<CapacityQuestion, "startMs" | "endMs" | "kind" | "scenario"> & { readonly demand?: string };

/** Every bounded resource of the project, judged by the shards that have it and joined. Throws HttpFailure. */
export async function askCapacity(env: Env, project: string, asked: CapacityAsked): Promise<CapacityResponse> {
  const { startMs, endMs, kind, scenario } = asked;
  const settings = await projectStub(env, project).capacitySettings();
  const query = asked.demand ?? settings.demand ?? DEFAULT_DEMAND;
  const named = asked.demand !== undefined || settings.demand !== undefined;
  const { shard, among } = await coordinatorOf(env, project, query);
  const demand = await shard.analyze("demand", { query, startMs, endMs }, among);
  // What nobody named may be missing; what somebody named must be right.
  if (!demand.ok && named) unwrap(demand);
  const { hosts, ...columns } = demand.ok ? demand.value : { hosts: 1, timestamps: new Float64Array(), values: new Float64Array() };
  const known = columns.timestamps.length > 0;
  const question: CapacityQuestion = {
    startMs,
    endMs,
    hosts,
    declared: [],
    ...(kind === undefined ? {} : { kind }),
    ...(known ? { demand: columns } : {}),
    ...(scenario === undefined ? {} : { scenario }),
  };
  // A host's metrics lie in one shard, which judges them; what is declared may be summed over all.
  const parts = await askShards(env, project, async (each) => unwrap(await each.analyze("capacity", question)));
  for (const one of settings.resources) {
    const declared = { ...question, declared: [one], declaredOnly: true };
    parts.push(unwrap(await shard.analyze("capacity", declared, among)));
  }
  return capacityResponse(parts, {
    startMs,
    endMs,
    hosts,
    settings,
    warnings: demand.ok ? [] : [`demand: ${demand.error.message}`],
    ...(known ? { demand: query } : {}),
    ...(scenario === undefined ? {} : { scenario }),
  });
}

const DAY = 86_400_000;
/** Growth of weeks does not change faster than that; and where it takes long, it is asked for a fiftieth of the time at most. */
const FRESH_MS = 60_000;
const SELDOM = 50;
const PROJECTS = 256;
const known = new Map<string, { readonly response: CapacityResponse; readonly until: number }>();

/** By the last 28 days, a minute old or a little more. Null where it cannot be had now: whoever tells of it keeps what they knew. */
export async function recentCapacity(env: Env, project: string, nowMs: number): Promise<CapacityResponse | null> {
  const kept = known.get(project);
  if (kept !== undefined && kept.until > nowMs) return kept.response;
  try {
    const response = await askCapacity(env, project, { startMs: nowMs - 28 * DAY, endMs: nowMs });
    if (known.size >= PROJECTS) known.clear();
    // Both shards and their waiting for ingest are in it.
    const took = Date.now() - nowMs;
    known.set(project, { response, until: nowMs + Math.max(FRESH_MS, SELDOM * took) });
    return response;
  } catch (error) {
    console.error(JSON.stringify({ level: "error", message: "capacity could not be judged for the insights", error: String(error) }));
    return null;
  }
}

/** Settings have changed. */
export const forgetRecentCapacity = (project: string): void => void known.delete(project);
