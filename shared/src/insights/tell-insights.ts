import type { Topology } from "../alerting/topology.ts";
import type { AnomalyAnswer } from "../model/anomaly.ts";
import type { CapacityResource } from "../model/capacity.ts";
import type { Deploy } from "../model/deploy.ts";
import type { ConcernedAlert, Insight, RecentAnomaly, ToldInsight } from "../model/insight.ts";
import { isTime } from "../statistics/wall-clock.ts";
import { anomalyInsight, wasBack } from "./anomaly-insight.ts";
import { alertEvidence, capacityId, capacityInsight, formerCapacityId, isOfResource } from "./capacity-insight.ts";
import { isToldByMany } from "./come-back.ts";
import { PASSING } from "./event-end.ts";
import { groupAnomalies } from "./group-anomalies.ts";
import { underPresentIds } from "./present-ids.ts";
import { hasRoomAgain, whyEnded } from "./why-ended.ts";

/** What is over or was taken back is told so long. */
const TOLD_MS = 86_400_000;
const ENDED_TOLD_MS = 3_600_000;
const MOST_TOLD = 100;
const MOST_EVIDENCE = 15;

export interface InsightsInput {
  readonly nowMs: number;
  /** What is over and whose newest anomaly is older is told no more; what is open is. */
  readonly sinceMs: number;
  /** Of a day. */
  readonly anomalies: readonly RecentAnomaly[];
  readonly answers: readonly AnomalyAnswer[];
  /** Firing and acknowledged ones. */
  readonly alerts: readonly ConcernedAlert[];
  readonly deploys: readonly Deploy[];
  readonly topology: Topology;
  /** All that was judged; null where it could not be. */
  readonly capacity: readonly CapacityResource[] | null;
  /** `capacityId` of what there was too much of to judge. */
  readonly unjudged?: readonly string[];
  /** What was told before. */
  readonly told: readonly ToldInsight[];
}

export interface InsightsOutput {
  /** What weighs most first; what is over or taken back last. */
  readonly insights: readonly Insight[];
  /** What to remember. */
  readonly told: readonly ToldInsight[];
}

/** Everything that people should know now, each thing once; what was told and is not so any more is taken back, with the reason. */
export function tellInsights(input: InsightsInput): InsightsOutput {
  const { nowMs, anomalies, capacity, topology } = input;
  const byId = new Map((capacity ?? []).map((resource) => [capacityId(resource), resource]));
  const unjudged = new Set(input.unjudged);
  const former = new Map([...byId].map(([id, resource]) => [formerCapacityId(resource), id]));
  const toldBefore = underPresentIds(input.told, [...byId.keys(), ...unjudged], former);
  const before = new Map(toldBefore.map((one) => [one.insight.id, one]));
  const answers = new Map(input.answers.map((answer) => [answer.id, answer]));
  const context = { nowMs, topology, deploys: input.deploys, alerts: input.alerts, answers };
  const news = anomalies.filter(({ value, expected, t }) => !isTime(value, expected, t));
  const tellGroup = (group: readonly RecentAnomaly[]): Insight[] => {
    const seen = anomalyInsight(group, context);
    if (seen === null) return [];
    // What somebody may have seen open does not leave before it was seen to be over.
    const known = before.get(seen.id)?.insight;
    // Nor is it open again without anything new: whoever finds whether values are back may have to find it anew.
    const isNamedAnew = before.get(seen.id)?.passing === true && !group.every(({ kind }) => PASSING.has(kind));
    const isSame = wasBack(known) && !isNamedAnew && group.every(({ t }) => t <= (known?.ended?.at ?? 0));
    const insight = isSame ? (anomalyInsight(group.map(asBack), context) ?? seen) : seen;
    const isKnown = known !== undefined && nowMs - (known.ended?.at ?? nowMs) <= ENDED_TOLD_MS;
    const isNews = insight.state === "open" || isKnown || group.some(({ t }) => t >= input.sinceMs);
    const wasOver = insight.state === "over" && known?.state === "over" && known.ended !== undefined;
    return isNews ? [wasOver ? { ...insight, ended: known.ended } : insight] : [];
  };
  const groups = groupAnomalies(news, topology);
  const scarce = (capacity ?? []).filter(
    (resource) => capacityInsight(resource, nowMs) !== null && !isSettled(before.get(capacityId(resource)), resource),
  );
  // A group that is only about what a resource is judged by is told with the resource.
  const ownerOf = (group: readonly RecentAnomaly[]): CapacityResource | undefined =>
    scarce.find((resource) => group.every((anomaly) => isOfResource(anomaly, resource)));
  const owned = Map.groupBy(groups, ownerOf);
  const unusual = (owned.get(undefined) ?? []).flatMap(tellGroup);
  const used = scarce.flatMap((resource): Insight[] => {
    const insight = capacityInsight(resource, nowMs);
    if (insight === null) return [];
    const seen = (owned.get(resource) ?? []).flatMap(tellGroup);
    return [
      {
        ...insight,
        startedAt: before.get(insight.id)?.insight.startedAt ?? insight.startedAt,
        series: seen.flatMap(({ series }) => series),
        evidence: [...insight.evidence, ...seen.flatMap(({ evidence }) => evidence), ...alertEvidence(resource, input.alerts)].slice(
          0,
          MOST_EVIDENCE,
        ),
      },
    ];
  });
  const current = new Map([...unusual, ...used].map((insight) => [insight.id, insight]));
  const gone = toldBefore.flatMap((told): Insight[] => {
    const { insight } = told;
    if (current.has(insight.id)) return [];
    // Anomalies leave with the day: what they said was so.
    if (insight.kind === "anomaly") return [];
    if (insight.ended !== undefined) return [insight];
    if (capacity === null || unjudged.has(insight.id)) return [insight];
    const { state, reason } = whyEnded(told, byId.get(insight.id), nowMs);
    return [{ ...insight, state, impact: 0, ended: { at: nowMs, reason } }];
  });
  const isTold = ({ kind, state, ended }: Insight): boolean =>
    ended === undefined || (kind === "anomaly" && state === "over") || nowMs - ended.at <= ENDED_TOLD_MS;
  const insights = [...current.values(), ...gone]
    .filter(isTold)
    .toSorted((a, b) => order(a) - order(b) || b.impact - a.impact || b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
  const shown = new Set(insights.map(({ id }) => id));
  const backAgain = toldBefore
    .filter(({ insight }) => !shown.has(insight.id) && wasBack(insight))
    .toSorted((a, b) => (b.insight.ended?.at ?? 0) - (a.insight.ended?.at ?? 0))
    .slice(0, MOST_TOLD);
  const told = [
    ...[...insights, ...backAgain.map(({ insight }) => insight)]
      .filter(({ kind }) => kind === "anomaly")
      .slice(0, 2 * MOST_TOLD)
      .flatMap((insight) => remembered(insight, before.get(insight.id), nowMs))
      // What ranks otherwise is not worth a write either.
      .toSorted((a, b) => (a.insight.id < b.insight.id ? -1 : 1)),
    ...insights
      .filter(({ kind }) => kind === "capacity")
      .slice(0, MOST_TOLD)
      .map((insight): ToldInsight => {
        const known = before.get(insight.id);
        // As it was first told: a sentence that moves with every sample is not worth a write.
        if (known !== undefined && known.insight.state === insight.state && nowMs - known.toldAt < TOLD_MS) return known;
        const resource = byId.get(insight.id);
        const usedShare = resource === undefined ? known?.usedShare : 1 - resource.headroom;
        return { insight, toldAt: nowMs, ...(usedShare === undefined ? {} : { usedShare }) };
      }),
  ];
  return { insights, told };
}

/** Of a resource that was told of somebody has made room, and what is left to do has time: that is news when this has been read. */
const isSettled = (told: ToldInsight | undefined, resource: CapacityResource): boolean =>
  told !== undefined && resource.recommendation.priority !== "high" && (told.insight.state === "over" || hasRoomAgain(told, resource));

/** Of what is unusual, once it was told as open: until it has been taken back for an hour, and over for the day that it is looked at. What it rests on is looked up anew. */
function remembered(insight: Insight, known: ToldInsight | undefined, nowMs: number): readonly ToldInsight[] {
  const isEnded = insight.state !== "open";
  if (isEnded && known === undefined) return [];
  if (isEnded && nowMs - (insight.ended?.at ?? nowMs) > (wasBack(insight) ? TOLD_MS : ENDED_TOLD_MS)) return [];
  if (known?.insight.state === insight.state) return [known];
  const passing = isEnded && insight.series.every(({ kind }) => PASSING.has(kind));
  return [{ insight: { ...insight, series: [], evidence: [] }, toldAt: nowMs, ...(passing ? { passing } : {}) }];
}

/** Of those that many values tell of. */
const asBack = (anomaly: RecentAnomaly): RecentAnomaly => (isToldByMany(anomaly.kind) ? { ...anomaly, back: true } : anomaly);

const order = ({ state }: Insight): number => (state === "open" ? 0 : state === "over" ? 1 : 2);
