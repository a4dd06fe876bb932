import type { CapacityQuestion, CapacityResponse } from "@sightline/shared/api/analyses";
import { DEFAULT_DEMAND } from "@sightline/shared/capacity/bounded-resources";
import { capacityResponse } from "@sightline/shared/capacity/capacity-response";
import type { DeclaredResource } from "@sightline/shared/model/capacity";
import type { Env } from "../env.ts";
import { projectStub } from "../objects/stubs.ts";
import { unwrap } from "./http-failure.ts";
import { warnIfNone } from "../query/no-series.ts";
import { askShards, coordinatorOf } from "./shards.ts";
import { StaleWhileRevalidate } from "./stale-while-revalidate.ts";

/** What is asked of all shards; `demand` where somebody named it. */
export type CapacityAsked = Pick<CapacityQuestion, "startMs" | "endMs" | "kind" | "scenario" | "told"> & { readonly demand?: string };

export interface AskedCapacity {
  readonly response: CapacityResponse;
  /** `capacityId` of what there was too much of to judge. */
  readonly unjudged: readonly string[];
}

const NOTHING_KNOWN = { hosts: 1, machines: [], timestamps: new Float64Array(), values: new Float64Array() };

/** Every bounded resource of the project, judged by the shards that have it and joined, and what was not judged. Throws HttpFailure. */
export async function askCapacity(env: Env, project: string, asked: CapacityAsked): Promise<AskedCapacity> {
  const { startMs, endMs, kind, scenario, told } = asked;
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
    ...(told === undefined ? {} : { told }),
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

/** Growth of weeks does not change within minutes; what is older may have been deleted since, or be full. */
const recent = new StaleWhileRevalidate<AskedCapacity>({ now: () => Date.now(), wait: (ms) => scheduler.wait(ms) });

/** By the last 28 days, as old as `StaleWhileRevalidate` tells; null where that is not known: whoever tells of it keeps what they told. */
export const recentCapacity = (
  env: Env,
  project: string,
  nowMs: number,
  later: (work: Promise<unknown>) => void,
): Promise<AskedCapacity | null> =>
  recent.answer(
    project,
    async () =>
      askCapacity(env, project, { startMs: nowMs - 28 * DAY, endMs: nowMs, told: await projectStub(env, project).openResources() }),
    later,
  );

/** Settings have changed. */
export const forgetRecentCapacity = (project: string): void => recent.forget(project);
