import type { AlertRule } from "@sightline/shared/model/rule";

/** A rule that fires at once; say what matters. */
export const alertRule = (name: string, expr: string, options: Partial<AlertRule> = {}): AlertRule => ({
  name,
  expr,
  forMs: 0,
  keepFiringForMs: 0,
  cooldownMs: 0,
  severity: "warning",
  labels: {},
  annotations: {},
  recommendations: [],
  builtIn: false,
  ...options,
});
