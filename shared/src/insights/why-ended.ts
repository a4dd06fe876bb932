import { growthText, saturationText, useText } from "../format/capacity-text.ts";
import type { CapacityResource } from "../model/capacity.ts";
import type { InsightState, ToldInsight } from "../model/insight.ts";

/** Room of so much of the limit that somebody has made it. */
const MADE_ROOM = 0.05;

/** Whether somebody has made room since it was told. */
export const hasRoomAgain = ({ usedShare }: ToldInsight, { headroom }: CapacityResource): boolean =>
  usedShare !== undefined && usedShare - (1 - headroom) >= MADE_ROOM;

/** Why a resource that was said to fill is not said to any more: there is room again, or it was wrong. */
export function whyEnded(
  told: ToldInsight,
  resource: CapacityResource | undefined,
  nowMs: number,
): { readonly state: InsightState; readonly reason: string } {
  if (resource === undefined) return { state: "over", reason: "nothing is sent of it any more" };
  const now = useText(resource);
  if (hasRoomAgain(told, resource)) {
    const full = "refused" in resource || resource.saturation.at === null ? "" : `, ${saturationText(resource, nowMs)}`;
    return { state: "over", reason: `there is room again: ${now} instead of ${Math.round(100 * (told.usedShare ?? 0))}%${full}` };
  }
  if ("refused" in resource) return { state: "retracted", reason: `it cannot be told any more: ${resource.refused.reason}` };
  const growth = growthText(resource);
  return {
    state: "retracted",
    reason: `it did not go on like that: ${[now, growth, saturationText(resource, nowMs)].filter((part) => part !== "").join(", ")}`,
  };
}
