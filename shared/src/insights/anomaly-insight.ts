import { relation, servicesOf } from "../alerting/incidents.ts";
import type { Topology } from "../alerting/topology.ts";
import { METRIC_NAME, formatLabels } from "../model/labels.ts";
import { SEVERITIES, type Severity } from "../model/alert.ts";
import type { AnomalyAnswer } from "../model/anomaly.ts";
import type { Deploy } from "../model/deploy.ts";
import { spokenDuration } from "../model/duration.ts";
import type { ConcernedAlert, Insight, InsightEvidence, InsightSeries, RecentAnomaly } from "../model/insight.ts";
import { anomalyConfidence } from "./confidence.ts";
import { hasPassed, isLost as isLostAt } from "./event-end.ts";
import { anomalyImpact, forTheBetter, seriesIn, whenOver } from "./impact.ts";
import { located } from "./places.ts";
import { judgedQuery, sharedLabels, shortSeries, subjectWords, whatItDid } from "./series-words.ts";

/** A deploy so long before is a suspect; what is judged by the step shows sooner than alerts do. */
const DEPLOY_SUSPECT_MS = 600_000;
const MINUTE = 60_000;
/** Whether it goes on is not known then. */
const SILENT_MS = 10 * MINUTE;
/** An alert that began so long before or after belongs to it. */
const ALERT_BEFORE_MS = 300_000;
const ALERT_AFTER_MS = 900_000;
const MOST_COMPARED = 40;
const MOST_NAMED = 3;
const MOST_EVIDENCE = 10;
/** What is said of an insight is said of so many of its series, the first: each is an answer that is kept, and thresholds of a metric's others follow. */
export const MOST_ANSWERED = 100;
const AROUND_MS = 900_000;

export interface AnomalyContext {
  readonly nowMs: number;
  readonly topology: Topology;
  readonly deploys: readonly Deploy[];
  /** Firing and acknowledged ones. */
  readonly alerts: readonly ConcernedAlert[];
  readonly answers: ReadonlyMap<string, AnomalyAnswer>;
}

const COME_BACK = "come back to its usual range";

/** Whether an insight was told as over because its values were back, which many of them say and none of them takes back. */
export const wasBack = (insight: Insight | undefined): boolean =>
  insight?.state === "over" && insight.ended?.reason.endsWith(COME_BACK) === true;

/** Of the insight whose first anomaly has this id. */
export const insightId = (anomalyId: string): string => `a-${anomalyId}`;

/** A group of anomalies, the earliest and strongest first, as one thing to tell. */
export function anomalyInsight(group: readonly RecentAnomaly[], context: AnomalyContext): Insight | null {
  const denied = group.flatMap(({ id }) => {
    const answer = context.answers.get(id);
    return answer?.verdict === "false_alarm" ? [answer] : [];
  });
  const isDenied = denied.length >= Math.min(group.length, MOST_ANSWERED);
  const members = isDenied ? group : group.filter(({ id }) => context.answers.get(id)?.verdict !== "false_alarm");
  const [lead] = members;
  const [earliest] = group.toSorted((a, b) => a.t - b.t || (a.id < b.id ? -1 : 1));
  if (lead === undefined || earliest === undefined) return null;
  const { answers, nowMs } = context;
  const startedAt = Math.min(...members.map(({ t }) => t));
  const series = members.map((member) => seriesOf(member, answers));
  const isLost = members.every((member, i) => series[i]?.over === true || isLostAt(member, nowMs));
  const alerts = alertsOf(members, context);
  const deploy = deployBefore(members, startedAt, context.deploys);
  const isBack = series.every((one) => one.over);
  const over = isBack || isLost;
  const { impact, why } = anomalyImpact(members, alerts, deploy !== null);
  const silentMs = nowMs - Math.max(...members.map(({ newest, t }) => newest?.t ?? t));
  const silent = silentMs < SILENT_MS ? [] : [`nothing was sent of it for ${spokenDuration(Math.floor(silentMs / MINUTE) * MINUTE)}`];
  const confirmed = members.some(({ id }) => answers.get(id)?.verdict === "real");
  const base = {
    // Who is asked about later may join or leave; the first one names it.
    id: insightId(earliest.id),
    kind: "anomaly" as const,
    severity: alerts.length === 0 && forTheBetter(members) ? ("info" as const) : severityOf(members, alerts),
    title: titleOf(members),
    text: sentence(members, deploy, startedAt),
    confidence: confirmed ? 1 : anomalyConfidence(members.map(({ score }) => score)),
    impact: over ? whenOver(impact) : impact,
    why: [...why, ...silent],
    startedAt,
    series,
    evidence: evidenceOf(members, deploy, alerts, startedAt, nowMs),
  };
  if (isDenied) {
    const by = [...new Set(denied.map((answer) => answer.by))].join(" and ");
    const at = Math.max(...denied.map((answer) => answer.at));
    return { ...base, state: "retracted", impact: 0, ended: { at, reason: `${by} said that it is a false alarm` } };
  }
  if (!over) return { ...base, state: "open" };
  const at = Math.max(...members.map(({ newest, t, backAt }) => backAt ?? newest?.t ?? t));
  const reason = !isBack
    ? (silent[0] ?? "nothing is sent of it any more")
    : members.every(({ kind }) => kind === "gap")
      ? "samples arrive again"
      : series.length === 1
        ? `it has ${COME_BACK}`
        : `all of it has ${COME_BACK}`;
  return { ...base, state: "over", ended: { at, reason } };
}

function seriesOf(anomaly: RecentAnomaly, answers: AnomalyContext["answers"]): InsightSeries {
  const { id, labels, t, kind, score, value, expected } = anomaly;
  const verdict = answers.get(id)?.verdict;
  const text = `${anomaly.judgedBy === "mean" && kind !== "gap" ? "mean " : ""}${whatItDid(anomaly)}`;
  return {
    labels,
    anomalyId: id,
    t,
    kind,
    score,
    value,
    expected,
    over: hasPassed(anomaly),
    text,
    ...(verdict === undefined ? {} : { verdict }),
  };
}

/** `checkout on web-1: 12 series`, or the one series. */
function titleOf(members: readonly RecentAnomaly[]): string {
  const labels = members.map((member) => member.labels);
  const about = subjectWords(labels);
  const count = seriesIn(members);
  if (count > 1) return `${about === "" ? (labels[0]?.[METRIC_NAME] ?? "") : about}: ${count} series`;
  const [first] = members;
  const which = first === undefined ? "" : shortSeries(first, sharedLabels(labels));
  return about === "" ? which : `${about}: ${which}`;
}

function sentence(members: readonly RecentAnomaly[], deploy: Deploy | null, startedAt: number): string {
  const [lead, ...others] = members;
  if (lead === undefined) return "";
  const labels = members.map((member) => member.labels);
  const shared = sharedLabels(labels);
  const about = subjectWords(labels);
  const after =
    deploy === null
      ? ""
      : `${startedAt - deploy.at < 1000 ? " with" : `, ${spokenDuration(startedAt - deploy.at)} after`} the deploy of ${deploy.service} ${deploy.version}`;
  const count = seriesIn(members);
  if (members.every(({ kind }) => kind === "gap") && count > 1)
    return `${count} series${about === "" ? "" : ` of ${about}`} stopped sending${after}.`;
  const which = shortSeries(lead, shared);
  if (others.length === 0) return `${which}${about === "" ? "" : ` of ${about}`} ${whatItDid(lead)}${after}.`;
  const named = others.slice(0, MOST_NAMED).map((one) => shortSeries(one, shared));
  const more = count - 1 - named.length;
  const rest = more > 0 ? `${named.join(", ")} and ${more} more` : named.join(named.length > 2 ? ", " : " and ");
  return `${count} series${about === "" ? "" : ` of ${about}`} changed together${after}. First ${which} ${whatItDid(lead)}; then ${rest}.`;
}

function deployBefore(members: readonly RecentAnomaly[], startedAt: number, deploys: readonly Deploy[]): Deploy | null {
  const services = servicesOf(members);
  const hosts = new Set(members.flatMap(({ labels }) => labels["host_name"] ?? []));
  return deploys
    .filter(
      ({ service, host, at }) =>
        services.has(service) && (host === undefined || hosts.has(host)) && at <= startedAt && startedAt - at <= DEPLOY_SUSPECT_MS,
    )
    .reduce<Deploy | null>((latest, one) => (latest === null || one.at > latest.at ? one : latest), null);
}

function alertsOf(members: readonly RecentAnomaly[], { alerts, topology }: AnomalyContext): readonly ConcernedAlert[] {
  const startedAt = Math.min(...members.map(({ t }) => t));
  const newestAt = Math.max(...members.map(({ t }) => t));
  const compared = members.slice(0, MOST_COMPARED).map(located);
  return alerts.filter((alert) => {
    const at = alert.activeAt;
    if (at < startedAt - ALERT_BEFORE_MS || at > newestAt + ALERT_AFTER_MS) return false;
    return compared.some((member) => relation(member, alert, topology) !== null);
  });
}

function severityOf(members: readonly RecentAnomaly[], alerts: readonly ConcernedAlert[]): Severity {
  const all = [...members.map(({ severity }) => severity), ...alerts.map(({ severity }) => severity)];
  return all.reduce<Severity>((worst, one) => (SEVERITIES.indexOf(one) > SEVERITIES.indexOf(worst) ? one : worst), "info");
}

function evidenceOf(
  members: readonly RecentAnomaly[],
  deploy: Deploy | null,
  alerts: readonly ConcernedAlert[],
  startedAt: number,
  nowMs: number,
): readonly InsightEvidence[] {
  const start = Math.round(startedAt - AROUND_MS);
  const end = Math.min(nowMs, Math.round(startedAt + AROUND_MS));
  const incidents = new Set(alerts.flatMap(({ incidentId }) => incidentId ?? []));
  return [
    ...members.slice(0, MOST_EVIDENCE).map((member): InsightEvidence => {
      const selector = formatLabels(member.labels);
      return {
        kind: "series",
        text: selector,
        selector,
        query: judgedQuery(member),
        unit: member.unit,
        href: `/v1/anomalies?query=${encodeURIComponent(selector)}&start=${start}&end=${end}&bands=1`,
      };
    }),
    ...(deploy === null
      ? []
      : [
          {
            kind: "deploy" as const,
            text: `${deploy.service} ${deploy.version} was deployed`,
            href: `/v1/deploys?service=${encodeURIComponent(deploy.service)}&since=${deploy.at}`,
          },
        ]),
    ...[...incidents].map((id): InsightEvidence => ({
      kind: "incident",
      id,
      text: "the incident of its alerts",
      href: `/v1/incidents/${id}`,
    })),
    ...alerts.slice(0, MOST_EVIDENCE).map(({ id, name, severity }): InsightEvidence => {
      return { kind: "alert", id, text: `${name} (${severity})`, href: `/v1/alerts/${encodeURIComponent(id)}/trace` };
    }),
  ];
}
