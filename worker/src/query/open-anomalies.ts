import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import { hasPassed, isLost } from "@sightline/shared/insights/event-end";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { Evaluation } from "../rules/api.ts";
import type { PlanLog } from "../shard/plan-log.ts";
import type { SeriesStore } from "../storage/series-store.ts";
import type { ComeBacks } from "./come-backs.ts";
import { toldOf } from "./told-anomalies.ts";

const DAY = 86_400_000;

interface RecentPorts {
  readonly store: Pick<SeriesStore, "index">;
  readonly evaluation: Pick<Evaluation, "expected" | "judgedAs" | "stepMs">;
  readonly plans: Pick<PlanLog, "toldStepwise">;
  readonly comeBacks: ComeBacks;
}

/** Each with the newest value that its series was judged by, or what many tell: whether it is back. */
export function asRecent(reads: RecentPorts, anomalies: readonly Anomaly[], nowMs: number): readonly RecentAnomaly[] {
  const recent = anomalies.map((anomaly) => {
    const ref = reads.store.index.find(anomaly.labels);
    const judged = ref === undefined ? null : reads.evaluation.expected(ref);
    const as = ref === undefined ? undefined : reads.evaluation.judgedAs(ref);
    const stepMs = ref === undefined ? 0 : reads.evaluation.stepMs(ref);
    return {
      ...anomaly,
      id: anomaly.id ?? anomalyId(anomaly.labels, anomaly.t),
      judgedBy: as?.judgedBy ?? "value",
      unit: as?.metadata.unit ?? "",
      newest: judged === null ? null : { t: judged.t, value: judged.value },
      ...(stepMs > 0 ? { stepMs } : {}),
    };
  });
  return reads.comeBacks.of(recent, nowMs);
}

/** The score of the strongest anomaly of each series that was told within a day until `nowMs` and is not over, as insights have it, nor denied; 0 where there is none. */
export function* openScores(
  reads: RecentPorts,
  series: readonly Labels[],
  denied: ReadonlySet<string>,
  nowMs: number,
  pace: Pace,
): Stepwise<readonly number[]> {
  const told = yield* toldOf(reads.plans, series, nowMs - DAY, nowMs, pace);
  const keys = series.map(seriesKey);
  // Of each series the newest first.
  const asked = keys.flatMap((key) => told.get(key)?.toReversed() ?? []);
  const strongest = new Map<string, number>();
  for (const anomaly of asRecent(reads, asked, nowMs)) {
    if (denied.has(anomaly.id) || hasPassed(anomaly) || isLost(anomaly, nowMs)) continue;
    const key = seriesKey(anomaly.labels);
    strongest.set(key, Math.max(anomaly.score, strongest.get(key) ?? 0));
  }
  return keys.map((key) => strongest.get(key) ?? 0);
}
