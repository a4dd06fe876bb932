/** Options of anomaly.ts, which run.ts lets through. */
export const ANOMALY_OPTIONS = {
  series: { type: "string" },
  step: { type: "string" },
  full: { type: "boolean" },
  fleet: { type: "boolean" },
  generator: { type: "string" },
  tier: { type: "string" },
  threads: { type: "string" },
  nab: { type: "string" },
} as const;
