import { routesOf } from "@sightline/shared/alerting/route-tree";
import type { TraceDecision } from "@sightline/shared/alerting/trace";
import type { Held } from "@sightline/shared/model/alert";
import { EDITOR, type Notification } from "../alerting/notification.ts";
import { runStages } from "../alerting/pipeline.ts";
import { matchedLabels } from "../alerting/silence-matching.ts";
import { type StoredAlert, unheld } from "./alert-lifecycle.ts";
import { findAlert, saveAlert } from "./alert-store.ts";
import { tellEditor } from "./announce.ts";
import { momentOf } from "./flush.ts";
import { dueForEditor, holdFromEditor, letGoForEditor } from "./held-from-editor.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";
import { recordTrace } from "./trace.ts";

const ALERTS_AT_ONCE = 500;

interface Verdict {
  readonly held: Held;
  /** When the clock alone may change it, ms. */
  readonly againAt: number | null;
}

/** The stages' word on one alert, without group and wait. Null: it is told. Held is what every one of its routes holds. */
function judge(ports: ProjectPorts): (alert: StoredAlert) => Verdict | null {
  const routing = readRouting(ports);
  const moment = momentOf(ports, routing);
  return (alert) => {
    const outcomes = routesOf(routing.tree, matchedLabels(alert)).map((route) => runStages([alert], { ...moment, route }));
    const first = outcomes[0]?.held[0];
    if (first === undefined || outcomes.some(({ passed }) => passed.length > 0)) return null;
    const times = outcomes.map(({ againAt }) => againAt).filter((at) => at !== null);
    return { held: { stage: first.stage, reason: first.reason }, againAt: times.length === 0 ? null : Math.min(...times) };
  };
}

const isSame = (left: Held | undefined, right: Held | undefined): boolean => left?.stage === right?.stage && left?.reason === right?.reason;

const decisionOf = (held: Held | undefined): TraceDecision =>
  held === undefined
    ? { stage: "deliver", receiver: EDITOR, decision: "queued", reason: "nothing holds it from the editor any more: it is told there" }
    : { ...held, receiver: EDITOR, decision: "held" };

/** Keeps what was decided of the alert as it is now, which may have moved on since the news of it. */
function remember(ports: ProjectPorts, alertId: string, verdict: Verdict | null): void {
  const alert = findAlert(ports, alertId);
  if (alert === null || alert.state !== "firing" || verdict === null) letGoForEditor(ports, alertId);
  if (alert === null || alert.state !== "firing") return;
  if (verdict !== null) holdFromEditor(ports, alertId, verdict.held.stage, verdict.againAt);
  if (isSame(alert.held, verdict?.held)) return;
  saveAlert(ports, verdict === null ? unheld(alert) : { ...alert, held: verdict.held });
  recordTrace(ports, alertId, [decisionOf(verdict?.held)]);
}

/**
 * The news that is about to go to the editor, each with what holds it: judged in the moment of sending, when the topology
 * is known as well as it can be, so that judging costs no wait.
 */
export function judgedForEditor(ports: ProjectPorts, notifications: readonly Notification[]): readonly Notification[] {
  return ports.database.transaction(() => {
    const verdictOf = judge(ports);
    return notifications.map((notification) => {
      const alert = unheld(notification.alert);
      const verdict = alert.state === "firing" ? verdictOf(alert) : null;
      remember(ports, alert.id, verdict);
      return { ...notification, alert: verdict === null ? alert : { ...alert, held: verdict.held } };
    });
  });
}

/** Judges again what was held and may not be any more; the editor is told of what changed. */
export function rejudgeForEditor(ports: ProjectPorts): void {
  ports.database.transaction(() => {
    const due = dueForEditor(ports, ALERTS_AT_ONCE);
    if (due.length === 0) return;
    const verdictOf = judge(ports);
    for (const id of due) {
      const alert = findAlert(ports, id);
      const verdict = alert?.state === "firing" ? verdictOf(alert) : null;
      if (alert?.state === "firing" && !isSame(alert.held, verdict?.held))
        tellEditor(ports, [{ alert, previous: alert.state, kind: "changed" }]);
      remember(ports, id, verdict);
    }
  });
}
