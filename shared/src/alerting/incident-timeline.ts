/** The story of an incident from what its alerts, the deploys before it and its people's notes say. */
import type { IncidentNote, TimelineEntry } from "../api/incident-responses.ts";
import type { Alert } from "../model/alert.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Deploy } from "../model/deploy.ts";
import { alertWithPlace } from "./incidents.ts";

type Told = Omit<Alert, "silencedUntil">;

function ofAlert(alert: Told): readonly TimelineEntry[] {
  const { id: alertId, firedAt, acknowledgedAt, acknowledgedBy, acknowledgedNote, escalated, resolvedAt, note } = alert;
  const name = alertWithPlace(alert);
  const entries: TimelineEntry[] = [];
  const tell = (at: number | null, kind: TimelineEntry["kind"], text: string): void => {
    if (at !== null) entries.push({ at, kind, text, alertId });
  };
  const summary = alert.annotations["summary"] ?? alert.condition;
  tell(firedAt, "fired", `${name} fired: ${summary}`);
  const said = acknowledgedNote === null ? "" : `: ${acknowledgedNote}`;
  tell(acknowledgedAt, "acknowledged", `${acknowledgedBy ?? "Somebody"} acknowledged ${name}${said}`);
  tell(escalated?.at ?? null, "escalated", `Nobody had taken up ${name}: raised from ${escalated?.from ?? ""} to ${alert.severity}`);
  const lasted = firedAt === null || resolvedAt === null ? "" : ` after ${spokenDuration(resolvedAt - firedAt)}`;
  tell(resolvedAt, "resolved", `${name} resolved${lasted}`);
  if (note !== null) tell(resolvedAt ?? firedAt, "note", `${name}: ${note}`);
  return entries;
}

function ofDeploy({ service, version, host, author, at }: Deploy): TimelineEntry {
  const where = host === undefined ? "" : ` to ${host}`;
  return { at, kind: "deploy", text: `${service} ${version} was deployed${where}${author === undefined ? "" : ` by ${author}`}` };
}

/** At one moment, what came before others by its nature stands first. */
const ORDER: readonly TimelineEntry["kind"][] = ["deploy", "fired", "escalated", "acknowledged", "note", "resolved"];

export function incidentTimeline(
  alerts: readonly Told[],
  deploys: readonly Deploy[],
  notes: readonly IncidentNote[],
): readonly TimelineEntry[] {
  const entries = [
    ...deploys.map(ofDeploy),
    ...alerts.flatMap(ofAlert),
    ...notes.map(({ at, by, text }): TimelineEntry => ({ at, kind: "note", text: `${by}: ${text}` })),
  ];
  return entries.toSorted((left, right) => left.at - right.at || ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind));
}
