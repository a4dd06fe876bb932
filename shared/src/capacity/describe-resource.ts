import { growsForSure } from "../format/capacity-text.ts";
import { formatAmount } from "../format/units.ts";
import type {
  BoundedResource,
  CapacityRecommendation,
  CapacityResource,
  CapacitySettings,
  ForecastUse,
  JudgedResource,
  ScenarioOutcome,
} from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Refusal } from "../model/trend.ts";
import { costOf } from "./cost.ts";
import { MOST_TIMES, recommend } from "./recommend.ts";

const UNKNOWN = "Nothing can be recommended until that is known.";

/** With what to do about it, what it costs, and all of it in sentences. */
export function describeResource(judged: JudgedResource, settings: CapacitySettings, nowMs: number): CapacityResource {
  if ("refused" in judged) {
    const text = `${headline(judged)} ${judged.refused.reason}`;
    const cost = costOf(judged, undefined, settings);
    const recommendation = { type: "watch", priority: "low", text: UNKNOWN, reasons: [judged.refused.reason] } as const;
    return { ...judged, recommendation, ...(cost === null ? {} : { cost }), text };
  }
  const recommendation = recommend(judged, nowMs);
  const cost = costOf(judged, recommendation.size, settings);
  const scenario = judged.scenario === undefined ? undefined : priced(judged, recommendation, judged.scenario, settings, nowMs);
  const parts = [headline(judged), timeText(judged, nowMs), recommendation.text];
  if (cost !== null && Math.abs(cost.savingPerMonth) >= 1)
    parts.push(
      `${cost.savingPerMonth > 0 ? "Saves" : "Costs"} ${Math.round(Math.abs(cost.savingPerMonth))} ${cost.currency} a month${cost.savingPerMonth > 0 ? "" : " more"}.`,
    );
  return {
    ...judged,
    recommendation,
    ...(cost === null ? {} : { cost }),
    ...(scenario === undefined ? {} : { scenario }),
    text: parts.join(" "),
  };
}

/** With what it costs at the size that would be recommended if it were so: what is borne now is borne then, and no more. */
function priced(
  resource: BoundedResource & ForecastUse,
  { type }: CapacityRecommendation,
  outcome: ScenarioOutcome | Refusal,
  settings: CapacitySettings,
  nowMs: number,
): ScenarioOutcome | Refusal {
  if ("refused" in outcome) return outcome;
  const { peak, peakShare, saturation, growthPerDay } = outcome;
  const faster = resource.growthPerDay.value > 0 ? growthPerDay.value / resource.growthPerDay.value : 1;
  const growthAhead = Math.min(resource.growthAhead * faster, MOST_TIMES * resource.limit);
  const then = { ...resource, peak, headroomAtPeak: 1 - peakShare, saturation, growthPerDay, growthAhead };
  const { size } = recommend(then, nowMs, type === "grow" ? 0 : resource.peak);
  const cost = costOf(resource, size, settings);
  return cost === null ? outcome : { ...outcome, cost };
}

function headline({ name, used, limit, unit, headroomAtPeak }: JudgedResource): string {
  const show = (value: number): string => formatAmount(value, unit);
  return `${name}: ${show(used)} of ${show(limit)} used, ${Math.max(0, Math.round(100 * headroomAtPeak))}% free at the peak.`;
}

function timeText(resource: Extract<JudgedResource, { readonly saturation: unknown }>, nowMs: number): string {
  const { at, earliest, latest, horizonMs } = resource.saturation;
  const horizon = spokenDuration(horizonMs);
  const inTime = (ms: number): string => (ms <= nowMs ? "now" : `in ${spokenDuration(ms - nowMs)}`);
  if (resource.headroom <= 0) return "Its limit is reached.";
  if (at === null)
    return earliest === null
      ? `It does not reach its limit within ${horizon}.`
      : `It probably does not reach its limit within ${horizon}, at the earliest ${inTime(earliest)}.`;
  if (!growsForSure(resource)) {
    const end = latest === null ? "or never" : `or as late as ${inTime(latest)}`;
    return `It is not certain that it grows: it may reach its limit ${inTime(at)} (${inTime(earliest ?? at)} at the earliest) ${end}.`;
  }
  return `It reaches its limit ${inTime(at)} (95%: ${inTime(earliest ?? at)} to ${latest === null ? `later than ${horizon}, or never` : inTime(latest)}).`;
}
