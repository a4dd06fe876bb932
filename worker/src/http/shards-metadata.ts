import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import type { MetricFacts, PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import type { JsonList } from "../objects/labels-rpc.ts";
import { type Call } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { entriesOf, mergedLists } from "./json-list.ts";
import { askShards, type Shard } from "./shards.ts";

const MOST = 100_000;
const DAY = 86_400_000;

/** What all shards know of the series of the last day; every question is asked once a request. */
export function shardsMetadata({ c, principal }: Pick<Call<unknown>, "c" | "principal">): PromqlMetadata {
  const asked = new Map<string, Promise<readonly string[]>>();
  const endMs = Date.now();
  const about = (metric: string) => ({
    matchers: metric === "" ? [] : [`{${METRIC_NAME}=${JSON.stringify(metric)}}`],
    startMs: endMs - DAY,
    endMs,
    limit: MOST,
  });
  const union = (key: string, ask: (shard: Shard) => Promise<Result<JsonList>>): Promise<readonly string[]> => {
    const known = asked.get(key);
    if (known !== undefined) return known;
    const answer = askShards(c.env, principal.project, async (shard) => unwrap(await ask(shard)))
      .then((lists) => mergedLists(lists, "texts"))
      .then(entriesOf<string>);
    asked.set(key, answer);
    return answer;
  };
  const labelValues = (label: string, metric: string): Promise<readonly string[]> =>
    union(`values ${label} ${metric}`, (shard) => shard.labelValues(label, about(metric)));
  let facts: Promise<Readonly<Record<string, readonly MetricFacts[]>>> | undefined;
  return {
    metricNames: () => labelValues(METRIC_NAME, ""),
    labelNames: (metric) => union(`names ${metric}`, (shard) => shard.labelNames(about(metric))),
    labelValues,
    facts: () =>
      (facts ??= askShards(c.env, principal.project, (shard) => shard.metadata(null, MOST)).then((parts) =>
        Object.fromEntries(parts.flat().map(({ metric, ...said }) => [metric, [said]])),
      )),
  };
}
