import type { EffectiveRoute } from "@sightline/shared/alerting/route-tree";
import type { TimeInterval } from "@sightline/shared/alerting/routing";
import { intervalHolds, nextBoundary } from "@sightline/shared/alerting/time-interval";
import type { Stage } from "../stage.ts";

/** Why a route is silent at this time; null when it is not. Intervals that do not exist hold never. */
export function muteReason(
  route: Pick<EffectiveRoute, "muteTimeIntervals" | "activeTimeIntervals">,
  timeIntervals: readonly TimeInterval[],
  nowMs: number,
): string | null {
  const holds = (name: string): boolean => timeIntervals.some((interval) => interval.name === name && intervalHolds(interval, nowMs));
  const muting = route.muteTimeIntervals.find(holds);
  if (muting !== undefined) return `the route is mute during ${muting}`;
  const { activeTimeIntervals } = route;
  return activeTimeIntervals.length === 0 || activeTimeIntervals.some(holds)
    ? null
    : `the route speaks only during ${activeTimeIntervals.join(", ")}`;
}

/** Holds the whole group while its route is mute, and asks again when the next of its intervals begins or ends. */
export const muteStage: Stage = {
  name: "mute",
  run(alerts, { route, timeIntervals, nowMs }) {
    const names = [...route.muteTimeIntervals, ...route.activeTimeIntervals];
    if (names.length === 0) return { passed: alerts, held: [] };
    const reason = muteReason(route, timeIntervals, nowMs);
    if (reason === null) return { passed: alerts, held: [], remark: `the route is not mute now (${names.join(", ")})` };
    const boundaries = timeIntervals.filter(({ name }) => names.includes(name)).map((interval) => nextBoundary(interval, nowMs));
    const held = alerts.map((alert) => ({ alert, stage: "mute" as const, reason }));
    return boundaries.length === 0 ? { passed: [], held } : { passed: [], held, againAt: Math.min(...boundaries) };
  },
};
