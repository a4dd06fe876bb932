import type { AnomalyKind } from "../model/anomaly.ts";

/** Kinds as numbers, for the slabs. */
export const KIND = { spike: 0, dip: 1, levelShift: 2, trendChange: 3, varianceChange: 4, seasonalBreak: 5, flatline: 6, gap: 7 } as const;

const NAMES: readonly AnomalyKind[] = [
  "spike",
  "dip",
  "level_shift",
  "trend_change",
  "variance_change",
  "seasonal_break",
  "flatline",
  "gap",
];

export function kindName(kind: number): AnomalyKind {
  return NAMES[kind] ?? "spike";
}
