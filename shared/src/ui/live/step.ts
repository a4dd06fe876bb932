const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400] as const;

/** The step in ms that gives a chart of this range about one point per two pixels; at least a second. */
export function stepFor(rangeMs: number, points = 480): number {
  const seconds = rangeMs / points / 1000;
  return (STEPS.find((step) => step >= seconds) ?? 86_400) * 1000;
}
