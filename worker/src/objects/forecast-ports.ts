import { seriesKey } from "@sightline/shared/model/labels";
import type { Labels } from "@sightline/shared/model/labels";
import type { DueValue } from "@sightline/shared/forecast/promises";
import type { Env } from "../env.ts";
import type { ForecastPorts } from "../project/forecasts/forecast-book.ts";
import type { ProjectPorts } from "../project/project-ports.ts";
import { readShardMap } from "../project/shard-map.ts";
import { bestShard } from "../project/shard-owners.ts";
import { bareSelector } from "../query/bare-selector.ts";
import { shardStub } from "./stubs.ts";

/** Forecasts are made by the shard that evaluates their expression for everybody else, over the samples of all. */
export function forecastPorts(env: Env, ports: ProjectPorts): ForecastPorts {
  const coordinator = (query: string) => {
    const { shards } = readShardMap(ports);
    return { shard: shardStub(env, bestShard(shards, query)), among: shards };
  };
  return {
    now: ports.now,
    forecast: (query, horizonMs, nowMs, records) => {
      const { shard, among } = coordinator(query);
      return shard.forecast(query, horizonMs, nowMs, among, records);
    },
    valuesAt: async (query, due) => {
      const { shard, among } = coordinator(query);
      try {
        const answers = await shard.queries(
          due.map((one) => ({ query: comparable(query, one), startMs: one.t, endMs: one.t, stepMs: 0 })),
          among,
        );
        return answers.map((answer) => (answer === null ? null : valuesOf(answer)));
      } catch {
        return due.map(() => null);
      }
    },
  };
}

/** The expression at a time, where its value is what was forecast. */
export function comparable(query: string, { t, joinedSince }: DueValue): string {
  const counter = joinedSince === undefined ? undefined : bareSelector(query);
  return counter === undefined || joinedSince === undefined ? query : `${query}\nunless ${counter.over("resets", t - joinedSince)} > 0`;
}

/** Of the answer to an instant query, which is ours and therefore what it says. */
function valuesOf(answer: ArrayBuffer): ReadonlyMap<string, number> {
  const { data } = JSON.parse(new TextDecoder().decode(answer)) as {
    readonly data?: {
      readonly resultType: string;
      readonly result: readonly { readonly metric: Labels; readonly value?: readonly [number, string] }[];
    };
  };
  if (data?.resultType !== "vector") return new Map();
  return new Map(data.result.map(({ metric, value }) => [seriesKey(metric), Number(value?.[1])]));
}
