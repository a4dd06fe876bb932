import { RESOURCE_RULES } from "../capacity/bounded-resources.ts";
import { fnv1a } from "../encoding/fnv1a.ts";
import type { CapacityResource } from "../model/capacity.ts";
import type { ConcernedAlert, Insight, InsightEvidence, RecentAnomaly } from "../model/insight.ts";
import { METRIC_NAME, seriesKey, type Labels } from "../model/labels.ts";
import { narrowed } from "../promql/format/narrowed.ts";
import { capacityImpact } from "./impact.ts";
import { growthText, saturationText, useText } from "../format/capacity-text.ts";

/** Labels by which one resource differs from another of its kind. */
const IDENTITY = [
  "host_name",
  "instance",
  "system_filesystem_mountpoint",
  "mountpoint",
  "persistentvolumeclaim",
  "container",
  "job",
  "service_name",
];

/** Labels that say what runs just now: another version of it fills the same disk. */
const MOVING = /(?:^|_)(?:version|image|revision|commit|build)(?:_|$)/;

const lasting = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([name]) => !MOVING.test(name)));

/** As names stand in ids. */
export const readablePart = (text: string): string => text.replaceAll(/[^\w.-]+/g, "-");

/** Readable, and another for every resource: of /data/a and /data-a, and of names in other letters, the readable part is the same. */
export const capacityId = ({ kind, name, labels }: Pick<CapacityResource, "kind" | "name" | "labels">): string =>
  `${readablePart(`c-${kind}-${name}`)}-${(fnv1a(`${name} ${seriesKey(lasting(labels))}`) >>> 0).toString(36)}`;

/** Under which that was told whose name has its thing in it, when it had not. */
export const formerCapacityId = ({ thing, ...resource }: Parameters<typeof capacityId>[0] & Pick<CapacityResource, "thing">): string =>
  capacityId({ ...resource, name: thing === undefined || thing === "" ? resource.name : resource.name.replace(` ${thing}`, "") });

/** What is to grow before it is full; null where nothing needs to be told. */
export function capacityInsight(resource: CapacityResource, nowMs: number): Insight | null {
  const { recommendation, headroom } = resource;
  if (recommendation.type !== "grow" || "refused" in resource) return null;
  const { impact, why } = capacityImpact(resource, nowMs);
  const { saturation } = resource;
  const facts = [useText(resource), growthText(resource), saturationText(resource, nowMs)].filter((part) => part !== "").join(", ");
  const path = `/v1/capacity?kind=${encodeURIComponent(resource.kind)}`;
  return {
    id: capacityId(resource),
    kind: "capacity",
    state: "open",
    severity: headroom <= 0 ? "critical" : recommendation.priority === "high" ? "error" : "warning",
    title: resource.name,
    text: `${resource.name[0]?.toUpperCase() ?? ""}${resource.name.slice(1)}: ${facts}. ${recommendation.text}`,
    confidence: headroom <= 0 ? 0.99 : Math.min(0.95, Math.max(0.5, saturation.chance)),
    impact,
    why,
    startedAt: nowMs,
    series: [],
    evidence: [{ kind: "capacity", text: resource.text, href: path, query: resourceQuery(resource), unit: resource.unit }],
    recommendation,
  };
}

/** The query of the resource narrowed to it. */
export const resourceQuery = ({ query, labels }: Pick<CapacityResource, "query" | "labels">): string => narrowed(query, lasting(labels));

/** Whether labels are of this very resource, as far as both tell; where neither says where it is, all of them. */
function ofResource(labels: Labels, resource: CapacityResource): boolean {
  const tells = (of: Labels): readonly string[] => IDENTITY.filter((name) => of[name] !== undefined);
  const both = tells(labels).filter((name) => resource.labels[name] !== undefined);
  if (both.length > 0) return both.every((name) => labels[name] === resource.labels[name]);
  const whole = (of: Labels): string => seriesKey(lasting({ ...of, [METRIC_NAME]: "" }));
  return tells(labels).length === 0 && tells(resource.labels).length === 0 && whole(labels) === whole(resource.labels);
}

const wordsOf = (query: string): readonly string[] => query.split(/[^\w:]+/);
const namesMetric = (query: string, metric: string): boolean => metric !== "" && wordsOf(query).includes(metric);

/** Metrics of limits by those of what is used: what is available moves as what is used does. */
const LIMITS = new Map(
  RESOURCE_RULES.flatMap(({ used, limit }) =>
    wordsOf(used).flatMap((word) => (word.includes("_") && !word.endsWith("_over_time") ? [[word, String(limit)] as const] : [])),
  ),
);

/** Whether an anomaly is of what the resource is judged by: its growth is told by the resource. */
export function isOfResource({ labels }: Pick<RecentAnomaly, "labels">, resource: CapacityResource): boolean {
  const metric = labels[METRIC_NAME] ?? "";
  const limits = wordsOf(resource.query).flatMap((word) => LIMITS.get(word) ?? []);
  return [resource.query, ...limits].some((query) => namesMetric(query, metric)) && ofResource(labels, resource);
}

/** Alerts that say the same as the resource does. */
export function alertEvidence(resource: CapacityResource, alerts: readonly ConcernedAlert[]): readonly InsightEvidence[] {
  const metrics = wordsOf(resource.query).filter((word) => /^(?:system|process|node|container|pool|db)_/.test(word));
  return alerts
    .filter(({ condition, labels }) => metrics.some((metric) => namesMetric(condition, metric)) && ofResource(labels, resource))
    .slice(0, 5)
    .map(({ id, name, severity }) => ({
      kind: "alert",
      id,
      text: `${name} (${severity})`,
      href: `/v1/alerts/${encodeURIComponent(id)}/trace`,
    }));
}
