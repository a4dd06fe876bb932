import { type Alert, SEVERITIES, type Severity } from "@sightline/shared/model/alert";

/** The gravest of what still fires; of all, when nothing does. */
export function gravest(alerts: readonly Alert[]): Severity {
  const open = alerts.filter(({ state }) => state !== "resolved");
  const ranks = (open.length > 0 ? open : alerts).map(({ severity }) => SEVERITIES.indexOf(severity));
  return SEVERITIES[Math.max(0, ...ranks)] ?? "info";
}

const COLOURS: Readonly<Record<Severity | "resolved", number>> = {
  info: 0x2f6fde,
  warning: 0xd9910b,
  error: 0xc9302c,
  critical: 0xa3141f,
  emergency: 0x6b0f3a,
  resolved: 0x2e8540,
};

/** 24 bits of RGB, of a group. */
export const colourOf = (status: "firing" | "resolved", alerts: readonly Alert[]): number =>
  COLOURS[status === "resolved" ? "resolved" : gravest(alerts)];

/** Whether somebody has taken on everything that still fires. */
export function isAcknowledged(alerts: readonly Alert[]): boolean {
  const open = alerts.filter(({ state }) => state !== "resolved");
  return open.length > 0 && open.every(({ state }) => state === "acknowledged");
}
