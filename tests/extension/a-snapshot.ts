import type { Snapshot } from "@sightline/shared/api/responses";

/** A healthy project with nothing in it; say what matters. */
export const aSnapshot = (given: Partial<Snapshot> = {}): Snapshot => ({
  at: 10_000,
  health: { status: "ok", score: 100, reasons: [] },
  alerts: [],
  slos: [],
  hosts: [],
  services: [],
  anomalies: [],
  series: 0,
  samplesPerSecond: 0,
  topMetrics: [],
  ...given,
});
