import { type Alert, type AlertTransition, UNTOUCHED } from "@sightline/shared/model/alert";

/** A firing alert; say what matters. */
export const anAlert = (given: Partial<Alert> = {}): Alert => ({
  id: "a1",
  fingerprint: "a",
  name: "HighCpu",
  severity: "error",
  state: "firing",
  value: 0.97,
  threshold: 0.8,
  condition: "cpu_busy > 0.8",
  labels: { host_name: "web-1" },
  annotations: {},
  activeAt: 1_000,
  firedAt: 2_000,
  ...UNTOUCHED,
  resolvedAt: null,
  silencedUntil: null,
  triggerCount: 1,
  recommendations: [],
  ...given,
});

/** A step of an alert, to firing; say what matters. */
export const aTransition = (given: Partial<AlertTransition> = {}): AlertTransition => ({
  id: "t1",
  fingerprint: "a",
  rule: "HighCpu",
  labels: { host_name: "web-1" },
  annotations: {},
  severity: "error",
  from: "pending",
  to: "firing",
  at: 2_000,
  activeAt: 1_000,
  value: 0.97,
  threshold: 0.8,
  condition: "cpu_busy > 0.8",
  recommendations: [],
  ...given,
});
