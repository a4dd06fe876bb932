/** The analyses that a shard makes over its own series or over those of several: one call for all kinds. */
import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import type { Result } from "@sightline/shared/model/result";
import { acrossShards } from "./across-shards.ts";
import { capacityQuery, demandQuery } from "./capacity.ts";
import { correlateQuery } from "./correlations.ts";
import type { Among } from "./query-among.ts";
import type { QuerySource } from "./query-source.ts";
import { compareQuery, trendQuery } from "./trends.ts";

type Answer<Kind extends AnalysisKind> = Result<Analyses[Kind]["answer"]>;

const ANALYSES: {
  readonly [Kind in AnalysisKind]: (
    reads: QuerySource,
    question: Analyses[Kind]["question"],
    pause: () => Promise<void>,
  ) => Answer<Kind> | Promise<Answer<Kind>>;
} = { trend: trendQuery, compare: compareQuery, correlate: correlateQuery, demand: demandQuery, capacity: capacityQuery };

const TIMEOUT_MS = 30_000;

/** `pause` lets what waits for this object go first. Failures: those of the analysis, `timeout` and `unavailable` with a shard's name. */
export async function analyzeAmong<Kind extends AnalysisKind>(
  local: QuerySource,
  among: Among,
  kind: Kind,
  question: Analyses[Kind]["question"],
  pause: () => Promise<void>,
): Promise<Answer<Kind>> {
  const analyze = ANALYSES[kind];
  if (among === undefined) return analyze(local, question, pause);
  return acrossShards(local, { ...among, timeoutMs: TIMEOUT_MS, partial: false }, [], (source) => analyze(source, question, pause));
}
