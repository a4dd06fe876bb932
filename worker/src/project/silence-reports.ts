import type { SilenceReport } from "@sightline/shared/api/alerting-responses";
import { silenceMatches } from "../alerting/silence-matching.ts";
import { isOpen } from "../alerting/routed-alert.ts";
import type { Silence } from "../objects/rpc.ts";
import { alertsSince } from "./alert-store.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { endedSilences, listSilences } from "./silences.ts";

/** Silences in force or to come, and with `ended` those of the last five days, each with the alerts it held. */
export function silenceReports(ports: ProjectPorts, ended: boolean): readonly SilenceReport[] {
  const now = ports.now();
  const silences: readonly Silence[] = [...listSilences(ports), ...(ended ? endedSilences(ports) : [])];
  if (silences.length === 0) return [];
  const alerts = alertsSince(ports, Math.min(...silences.map(({ startsAt }) => startsAt)));
  return silences.map((silence): SilenceReport => {
    const state = silence.startsAt > now ? "pending" : silence.endsAt > now ? "active" : "expired";
    const met = alerts.filter(
      (alert) =>
        alert.firedAt !== null &&
        alert.firedAt < silence.endsAt &&
        (alert.resolvedAt === null || alert.resolvedAt >= silence.startsAt) &&
        silenceMatches(silence, alert),
    );
    const heldNow = state === "active" ? met.filter(isOpen).length : 0;
    return { ...silence, state, heldNow, heldTotal: state === "pending" ? 0 : met.length };
  });
}
