import { type Alert, SEVERITIES } from "@sightline/shared/model/alert";

/** Alerts one message carries at most, and their bytes as JSON: a row of the outbox must stay below 2 MB. */
const MAX_ALERTS = 500;
const MAX_CHARACTERS = 900_000;

const rank = (alert: Alert): number => (alert.state === "resolved" ? -1 : SEVERITIES.indexOf(alert.severity));

/** The most severe first, those that began first before others, resolved ones last; how many did not find room. */
export function boundedAlerts(
  alerts: readonly Alert[],
  max = MAX_ALERTS,
): { readonly alerts: readonly Alert[]; readonly truncated: number } {
  const sorted = alerts.toSorted((left, right) => rank(right) - rank(left) || left.activeAt - right.activeAt);
  const shown: Alert[] = [];
  let room = MAX_CHARACTERS;
  for (const alert of sorted) {
    if (shown.length === max) break;
    room -= JSON.stringify(alert).length;
    if (room < 0 && shown.length > 0) break;
    shown.push(alert);
  }
  return { alerts: shown, truncated: sorted.length - shown.length };
}
