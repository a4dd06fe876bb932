import { Topology } from "@sightline/shared/alerting/topology";
import type { InsightsInput } from "@sightline/shared/insights/tell-insights";

/** What insights are made of where there is nothing; tests put in what they are about. */
export const NOTHING_TO_TELL: Omit<InsightsInput, "nowMs" | "sinceMs"> = {
  anomalies: [],
  answers: [],
  alerts: [],
  deploys: [],
  topology: new Topology([]),
  capacity: [],
  told: [],
};
