import type { CapacityResponse } from "../api/analyses.ts";
import type { CapacityResource, Cost, ForecastUse } from "../model/capacity.ts";
import { spokenDuration } from "../model/duration.ts";
import { formatAmount } from "./units.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** `12 d`, `6.5 d`, `3.4 h`, `54 min`; coarse, as a time so far ahead is. */
export function timeAhead(ms: number): string {
  if (ms <= 0) return "now";
  const coarse = (size: number, name: string): string => `${Number((ms / size).toFixed(ms < 10 * size ? 1 : 0))} ${name}`;
  if (ms >= DAY) return coarse(DAY, "d");
  if (ms >= HOUR) return coarse(HOUR, "h");
  return ms >= 2 * MINUTE ? `${Math.round(ms / MINUTE)} min` : spokenDuration(ms);
}

/** Whether it grows for sure; what wanders reaches any limit in some of its futures. */
export const growsForSure = ({ growthPerDay: { lower, upper } }: Pick<ForecastUse, "growthPerDay">): boolean => lower > 0 || upper < 0;

/** `full in 12 d (9 d – 16 d)`, without what would be the same words thrice; of what does not grow for sure `no certain growth: may be full in 12 d (9 d at the earliest) or never`; or why that cannot be said. */
export function saturationText(resource: CapacityResource, nowMs: number): string {
  if ("refused" in resource) return "cannot be told yet";
  const { at, earliest, latest, horizonMs } = resource.saturation;
  const ahead = (time: number): string => timeAhead(time - nowMs);
  if (at === null)
    return earliest === null ? `not full within ${timeAhead(horizonMs)}` : `probably not full within ${timeAhead(horizonMs)}`;
  if (resource.headroom <= 0) return "full";
  if (at <= nowMs) return "about to be full";
  if (!growsForSure(resource))
    return `no certain growth: may be full in ${ahead(at)} (${ahead(earliest ?? at)} at the earliest) ${latest === null ? "or never" : `or as late as ${ahead(latest)}`}`;
  const [from, to] = [ahead(earliest ?? at), latest === null ? "never" : ahead(latest)];
  return from === to ? `full in ${to}` : `full in ${ahead(at)} (${from} – ${to})`;
}

/** Of a resource's amounts, by its unit. */
export const resourceAmount = ({ unit }: Pick<CapacityResource, "unit">, value: number): string => formatAmount(value, unit);

/** `84% of 100 GiB`; of a CPU `62% busy`. */
export const useText = (resource: CapacityResource): string =>
  resource.kind === "cpu"
    ? `${Math.round(100 * resource.used)}% busy`
    : `${Math.round((100 * resource.used) / resource.limit)}% of ${resourceAmount(resource, resource.limit)}`;

/** `+2 GiB a day`, by the hour where less than a day was seen; empty where it is not known, or where `saturationText` says that it is not. */
export function growthText(resource: CapacityResource): string {
  if (!("growthPerDay" in resource)) return "";
  if (!growsForSure(resource)) return resource.saturation.at === null || resource.headroom <= 0 ? "no certain growth" : "";
  const { value } = resource.growthPerDay;
  const [per, name] = resource.seenMs < DAY ? [DAY / HOUR, "an hour"] : [1, "a day"];
  return `${value < 0 ? "−" : "+"}${resourceAmount(resource, Math.abs(value) / per)} ${name}`;
}

/** `48 USD a month`, with what the recommendation would change, or `within disk / on web-1`, which has the price; empty without one. */
export function costText({ cost, within }: Pick<CapacityResource, "cost" | "within">): string {
  if (cost === undefined) return within === undefined ? "" : `within ${within}`;
  const change = Math.round(Math.abs(cost.savingPerMonth));
  const words = change === 0 ? "" : cost.savingPerMonth > 0 ? `, ${change} could be saved` : `, ${change} more as recommended`;
  return `${Math.round(cost.perMonth)} ${cost.currency} a month${words}`;
}

/** The same of all that has a price, and what it would be in a scenario. */
export function totalCostText({
  currency,
  costPerMonth,
  savingPerMonth,
  scenarioCost,
}: Pick<CapacityResponse, "currency" | "costPerMonth" | "savingPerMonth" | "scenarioCost">): string {
  if (!(costPerMonth > 0)) return "";
  const now = costText({ cost: { currency, perMonth: costPerMonth, recommendedPerMonth: costPerMonth - savingPerMonth, savingPerMonth } });
  const then = scenarioCost === undefined ? "" : ` ${scenarioCostText(scenarioCost)}`;
  return `All that has a price: ${now}.${then}`;
}

/** `What if: 60 USD a month, 12 less than now.` */
export function scenarioCostText({ currency, recommendedPerMonth, savingPerMonth }: Cost): string {
  const change = Math.round(Math.abs(savingPerMonth));
  const words = change === 0 ? "as now" : `${change} ${savingPerMonth > 0 ? "less" : "more"} than now`;
  return `What if: ${Math.round(recommendedPerMonth)} ${currency} a month, ${words}.`;
}
