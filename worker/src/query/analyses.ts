/** The analyses that a shard makes over its own series or over those of several: one call for all kinds. */
import type { Analyses, AnalysisKind } from "@sightline/shared/api/analyses";
import { type Result, ok } from "@sightline/shared/model/result";
import { acrossShards } from "./across-shards.ts";
import { capacityQuery, demandQuery } from "./capacity.ts";
import { correlateQuery } from "./correlations.ts";
import { ALONE, type Among } from "./query-among.ts";
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

/** Of one or two expressions, for which what an archive has is brought as it is asked for; capacity asks dozens. */
const READ_ARCHIVES: ReadonlySet<AnalysisKind> = new Set(["trend", "compare", "correlate"]);

/** What an analysis says of days that it was made without; the engine's prefix is for queries. */
function toldWith<Kind extends AnalysisKind>(answer: Answer<Kind>, { warnings = [] }: QuerySource): Answer<Kind> {
  if (!answer.ok || warnings.length === 0 || "timestamps" in answer.value) return answer;
  const told = warnings.map((warning) => warning.replace(/^PromQL warning: /, ""));
  return ok({ ...answer.value, warnings: [...(answer.value.warnings ?? []), ...told] });
}

/** `pause` lets what waits for this object go first. Failures: those of the analysis, `timeout` and `unavailable` with a shard's name. */
export async function analyzeAmong<Kind extends AnalysisKind>(
  local: QuerySource,
  among: Among,
  kind: Kind,
  question: Analyses[Kind]["question"],
  pause: () => Promise<void>,
): Promise<Answer<Kind>> {
  const analyze = ANALYSES[kind];
  if (among === undefined && (local.reaches === undefined || !READ_ARCHIVES.has(kind))) return analyze(local, question, pause);
  const options = { ...(among ?? ALONE), timeoutMs: TIMEOUT_MS, partial: false, pause };
  return acrossShards(local, options, [], async (source) => toldWith(await analyze(source, question, pause), source));
}
