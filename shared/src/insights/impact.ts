import type { Alert, Severity } from "../model/alert.ts";
import type { AnomalyKind } from "../model/anomaly.ts";
import type { CapacityResource } from "../model/capacity.ts";
import type { RecentAnomaly } from "../model/insight.ts";
import { METRIC_NAME, formatLabels } from "../model/labels.ts";
import { worseWhen } from "../trend/worse-when.ts";
import { departure } from "./group-anomalies.ts";

const HOUR = 3_600_000;

export interface Impact {
  /** 0–100. */
  readonly impact: number;
  readonly why: readonly string[];
}

/** What somebody outside notices: waiting, failing, or not coming. */
const NOTICED = /(?:duration|latency|response|p9\d|lcp|inp|ttfb|apdex|error|fail|exception|request|order|checkout|login)/i;
/** What runs out. */
const RESOURCE = /(?:cpu|memory|heap|disk|filesystem|connections|pool|queue|lag|load|saturation|utilization)/i;
/** Somebody can undo it. */
const OF_DEPLOY = 8;
/** Good news is news. */
const OF_GOOD = 0.4;
const OF_ALERT: Readonly<Record<Severity, number>> = { info: 5, warning: 15, error: 25, critical: 35, emergency: 40 };

/** A gap may speak for all series of what has stopped. */
export const seriesIn = (members: readonly RecentAnomaly[]): number => members.reduce((sum, { stopped = 1 }) => sum + stopped, 0);

/** Of what is unusual: whether people notice it, how far it goes, how much takes part, and what alerts say. */
export function anomalyImpact(
  members: readonly RecentAnomaly[],
  alerts: readonly Pick<Alert, "name" | "severity">[],
  deployed: boolean,
): Impact {
  const why: string[] = [];
  const metrics = members.map(({ labels }) => labels[METRIC_NAME] ?? "");
  // What is timed is waited for.
  const noticed = members.some(({ judgedBy }) => judgedBy === "mean") || metrics.some((metric) => NOTICED.test(metric));
  const own = noticed ? 25 : metrics.some((metric) => RESOURCE.test(metric)) ? 15 : 8;
  if (own === 25) why.push("people who use it notice");
  else if (own === 15) why.push("a resource that others need");
  const far = Math.min(20, 5 * Math.log2(1 + Math.max(0, ...members.map(departure)) / 2));
  if (far >= 10) why.push("far out of its usual range");
  const count = seriesIn(members);
  const many = Math.min(15, 4 * Math.log2(count));
  if (count > 1) why.push(`${count} series take part`);
  if (deployed) why.push("something was deployed just before");
  const better = alerts.length === 0 && forTheBetter(members);
  if (better) why.push("for the better");
  const gravest = alerts.toSorted((a, b) => OF_ALERT[b.severity] - OF_ALERT[a.severity])[0];
  if (gravest !== undefined) why.push(`${gravest.name} is firing (${gravest.severity})`);
  return {
    impact: rounded(
      (better ? OF_GOOD : 1) * (own + far + many + (deployed ? OF_DEPLOY : 0) + (gravest === undefined ? 0 : OF_ALERT[gravest.severity])),
    ),
    why,
  };
}

const MOVES: ReadonlySet<AnomalyKind> = new Set(["spike", "dip", "level_shift"]);

/** Whether all of it went the way that its names tell is good. */
export const forTheBetter = (members: readonly RecentAnomaly[]): boolean =>
  members.every(({ kind, labels, value, expected }) => {
    const bad = worseWhen(formatLabels(labels));
    return MOVES.has(kind) && bad !== null && (bad === "higher") !== value > expected;
  });

/** Of what runs out: how soon, and how sure. */
export function capacityImpact({ recommendation, headroom, ...resource }: CapacityResource, nowMs: number): Impact {
  const at = "saturation" in resource ? resource.saturation.at : null;
  if (headroom <= 0) return { impact: 90, why: ["its limit is reached"] };
  if (at === null) return { impact: 35, why: ["little of it is left"] };
  const hours = Math.max(0, (at - nowMs) / HOUR);
  const soon = 75 - 9 * Math.log2(1 + hours);
  return {
    impact: rounded(Math.max(recommendation.priority === "high" ? 30 : 15, soon)),
    why: [hours < 24 ? "full within a day" : hours < 168 ? "full within a week" : "time is left to plan"],
  };
}

/** What is over matters by half. */
export const whenOver = (impact: number): number => rounded(impact / 2);

const rounded = (value: number): number => Math.round(Math.min(100, Math.max(0, value)));
