import type { AlertState, AlertTransition } from "@sightline/shared/model/alert";

/** One step of the alert `CpuBusy` on host `h1`, its episode beginning at `activeAt`. */
export function transition(from: AlertState, to: AlertState, at: number, changes: Partial<AlertTransition> = {}): AlertTransition {
  const activeAt = changes.activeAt ?? 1_000;
  return {
    id: `CpuBusy/${activeAt}/${to}/${at}`,
    fingerprint: "f00d",
    rule: "CpuBusy",
    labels: { host_name: "h1" },
    annotations: { summary: "CPU busy" },
    severity: "warning",
    from,
    to,
    at,
    activeAt,
    value: 0.93,
    threshold: 0.8,
    condition: "busy > 0.8",
    recommendations: [],
    ...changes,
  };
}
