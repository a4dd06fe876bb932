import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import type { InsightsInput } from "@sightline/shared/insights/tell-insights";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { METRIC_NAME, type Labels } from "@sightline/shared/model/labels";
import { NOTHING_TO_TELL } from "./nothing-to-tell.ts";

/** When insights are told. */
export const NOW = 1_800_000_000_000;
export const MINUTE = 60_000;

/** A level that rose to four times what it was. */
export function rise(metric: string, labels: Labels, t: number, more: Partial<RecentAnomaly> = {}): RecentAnomaly {
  const all = { [METRIC_NAME]: metric, ...labels };
  return {
    id: anomalyId(all, t),
    labels: all,
    t,
    value: 0.48,
    expected: 0.12,
    lower: 0.1,
    upper: 0.14,
    score: 0.9,
    kind: "level_shift",
    severity: "error",
    reason: "the level moved",
    newest: { t: NOW, value: 0.47 },
    judgedBy: "value",
    unit: "",
    ...more,
  };
}

export const input = (given: Partial<InsightsInput>): InsightsInput => ({
  nowMs: NOW,
  sinceMs: NOW - 60 * MINUTE,
  ...NOTHING_TO_TELL,
  ...given,
});
