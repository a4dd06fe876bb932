/** An anomaly as it is found, but for whose and when. */
export const A_SPIKE = {
  value: 9,
  expected: 1,
  lower: 0,
  upper: 2,
  score: 0.9,
  kind: "spike",
  severity: "warning",
  reason: "",
} as const;
