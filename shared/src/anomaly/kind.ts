import { ANOMALY_KINDS, type AnomalyKind } from "../model/anomaly.ts";

/** Kinds as numbers, for the slabs: their places in `ANOMALY_KINDS`. */
export const KIND = { spike: 0, dip: 1, levelShift: 2, trendChange: 3, varianceChange: 4, seasonalBreak: 5, flatline: 6, gap: 7 } as const;

export function kindName(kind: number): AnomalyKind {
  return ANOMALY_KINDS[kind] ?? "spike";
}
