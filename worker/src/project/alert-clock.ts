import type { Severity } from "@sightline/shared/model/alert";
import { spokenDuration } from "@sightline/shared/model/duration";
import { woken } from "./alert-actions.ts";
import { joinGroups, tellAnew } from "./alert-groups.ts";
import { type StoredAlert, nextEscalation } from "./alert-lifecycle.ts";
import { parseAlert, saveAlert } from "./alert-store.ts";
import { tellEditor } from "./announce.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";
import { recordTrace } from "./trace.ts";

const ALERTS_AT_ONCE = 500;

/** A raised alert is routed by its new severity, too: those who are told of critical ones hear of it from now on. */
function raised(ports: ProjectPorts, alert: StoredAlert, severity: Severity): StoredAlert {
  const { severity: from, labels } = alert;
  const now = ports.now();
  const next: StoredAlert = {
    ...alert,
    severity,
    labels: labels["severity"] === from ? { ...labels, severity } : labels,
    escalated: { from: alert.escalated?.from ?? from, at: now },
  };
  tellAnew(ports, next);
  const since = spokenDuration(now - (alert.firedAt ?? now));
  recordTrace(ports, alert.id, [
    { stage: "escalation", decision: "done", reason: `nobody acknowledged it for ${since}: raised from ${from} to ${severity}` },
    ...joinGroups(ports, readRouting(ports), next),
  ]);
  return next;
}

/** Ends snoozes and raises severities whose time has come, each with its news in one transaction. */
export function advanceAlerts(ports: ProjectPorts): void {
  ports.database.transaction(() => {
    const now = ports.now();
    const due = ports.database.all<{ body: string }>(
      "SELECT body FROM alerts WHERE wake_at <= ? ORDER BY wake_at LIMIT ?",
      now,
      ALERTS_AT_ONCE,
    );
    const news = due.map(parseAlert).map((before) => {
      const awake = before.snoozedUntil !== null && before.snoozedUntil <= now ? woken(ports, before) : before;
      const step = nextEscalation(awake);
      const alert = step !== null && step.at <= now ? raised(ports, awake, step.severity) : awake;
      saveAlert(ports, alert);
      if (awake !== before) recordTrace(ports, alert.id, [{ stage: "snooze", decision: "done", reason: "the snooze is over" }]);
      return { alert, previous: alert.state, kind: "changed" as const };
    });
    if (news.length > 0) tellEditor(ports, news);
  });
}

export function nextAlertChangeAt(ports: ProjectPorts): number | null {
  return ports.database.all<{ at: number | null }>("SELECT min(wake_at) AS at FROM alerts WHERE wake_at IS NOT NULL")[0]?.at ?? null;
}
