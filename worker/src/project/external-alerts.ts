/**
 * Alerts that other systems send (Prometheus's `alerting:`, amtool): each label set is at most one open alert. It ends
 * when its sender says so, or when it was not heard of until the end that was announced; from there on it is an alert as
 * any other. Semantics as in Alertmanager's api/v2 (`PostAlerts`) and types/types.go (`Alert.Merge`).
 */
import { labelFingerprint } from "@sightline/shared/alerting/label-fingerprint";
import { transitionId } from "@sightline/shared/alerting/alert-state";
import { type AlertTransition, severityOf } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { PostedAlert } from "../objects/alertmanager-rpc.ts";
import { alertIdOf } from "./alert-lifecycle.ts";
import { type AlertChange, applyTransitions, findAlert, saveAlert } from "./alert-store.ts";
import { announce } from "./announce.ts";
import { actorOf } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";

/** Alertmanager's default `resolve_timeout`: how long an alert of which no end was said is believed, ms. */
export const RESOLVE_TIMEOUT_MS = 300_000;
/** Open at once; a sender that makes a new label set for every request must not fill the project. */
const MAX_OPEN = 10_000;
const ENDED_AT_ONCE = 500;

/** What is kept of an open one beside the alert itself. */
export interface ExternalAlert {
  readonly labels: Labels;
  readonly activeAt: number;
  readonly endsAt: number;
  /** When it was last heard of, ms. */
  readonly updatedAt: number;
  readonly by: string;
}

type Row = { fingerprint: string; active_at: number; ends_at: number; body: string };
type Body = Pick<ExternalAlert, "labels" | "updatedAt" | "by">;

const externalOf = (row: Row): ExternalAlert => ({ ...(JSON.parse(row.body) as Body), activeAt: row.active_at, endsAt: row.ends_at });

/** Those that are open, by fingerprint. */
export function openExternalAlerts(ports: ProjectPorts): ReadonlyMap<string, ExternalAlert> {
  const rows = ports.database.all<Row>("SELECT fingerprint, active_at, ends_at, body FROM external_alerts");
  return new Map(rows.map((row) => [row.fingerprint, externalOf(row)]));
}

function save(ports: ProjectPorts, fingerprint: string, { activeAt, endsAt, ...body }: ExternalAlert): void {
  ports.database.run(
    "INSERT OR REPLACE INTO external_alerts (fingerprint, active_at, ends_at, body) VALUES (?, ?, ?, ?)",
    fingerprint,
    activeAt,
    endsAt,
    JSON.stringify(body),
  );
}

function step(fingerprint: string, alert: ExternalAlert, to: "firing" | "resolved", at: number, reason: string): AlertTransition {
  const { labels, activeAt, by } = alert;
  return {
    id: transitionId(fingerprint, activeAt, to),
    fingerprint,
    rule: labels["alertname"] ?? "unnamed",
    labels,
    annotations: {},
    severity: severityOf(labels),
    from: to === "firing" ? "inactive" : "firing",
    to,
    at,
    activeAt,
    value: 1,
    threshold: null,
    condition: `sent by ${by}`,
    recommendations: [],
    reason,
  };
}

/** The same labels may have fired and ended from the same time on: a new episode begins with its arrival then. */
function beginOf(ports: ProjectPorts, fingerprint: string, startsAt: number): number {
  const now = ports.now();
  const begin = Math.min(startsAt, now);
  return findAlert(ports, alertIdOf({ fingerprint, activeAt: begin })) === null ? begin : now;
}

function opened(ports: ProjectPorts, by: Principal, fingerprint: string, posted: PostedAlert, endsAt: number): AlertTransition {
  const now = ports.now();
  const alert: ExternalAlert = {
    labels: posted.labels,
    activeAt: beginOf(ports, fingerprint, posted.startsAt ?? now),
    endsAt,
    updatedAt: now,
    by: actorOf(by),
  };
  save(ports, fingerprint, alert);
  const reason = `${alert.by} sent it`;
  const begun = step(fingerprint, alert, "firing", alert.activeAt, reason);
  return { ...begun, annotations: posted.annotations, ...(posted.generatorUrl === "" ? {} : { generatorUrl: posted.generatorUrl }) };
}

/** No news: it lasts longer, and says what its sender says of it now. */
function refresh(ports: ProjectPorts, fingerprint: string, before: ExternalAlert, posted: PostedAlert, endsAt: number): void {
  save(ports, fingerprint, { ...before, endsAt, updatedAt: ports.now() });
  const alert = findAlert(ports, alertIdOf({ fingerprint, activeAt: before.activeAt }));
  if (alert === null || JSON.stringify(alert.annotations) === JSON.stringify(posted.annotations)) return;
  saveAlert(ports, { ...alert, annotations: posted.annotations });
}

function ended(ports: ProjectPorts, fingerprint: string, alert: ExternalAlert, at: number, reason: string): AlertTransition {
  ports.database.run("DELETE FROM external_alerts WHERE fingerprint = ?", fingerprint);
  const { annotations = {} } = findAlert(ports, alertIdOf({ fingerprint, activeAt: alert.activeAt })) ?? {};
  return { ...step(fingerprint, alert, "resolved", Math.max(at, alert.activeAt), reason), annotations };
}

/**
 * All of them in one transaction; the same again changes nothing. An end without a beginning is nobody's news. Beyond the
 * bound nothing new is opened, while what is open goes on and ends. Codes: `limit_exceeded`.
 */
export function receiveAlerts(ports: ProjectPorts, by: Principal, alerts: readonly PostedAlert[]): Result<null> {
  return ports.database.transaction(() => {
    const now = ports.now();
    let [{ open } = { open: 0 }] = ports.database.all<{ open: number }>("SELECT count(*) AS open FROM external_alerts");
    let refused = 0;
    const changes: AlertChange[] = [];
    // One after the other: the same labels may begin, end and begin again in one request.
    const take = (transition: AlertTransition): unknown => changes.push(...applyTransitions(ports, [transition]));
    for (const posted of alerts) {
      const fingerprint = labelFingerprint(posted.labels);
      const [row] = ports.database.all<Row>(
        "SELECT fingerprint, active_at, ends_at, body FROM external_alerts WHERE fingerprint = ?",
        fingerprint,
      );
      const endsAt = posted.endsAt ?? now + RESOLVE_TIMEOUT_MS;
      if (endsAt <= now) {
        if (row === undefined) continue;
        take(ended(ports, fingerprint, externalOf(row), endsAt, `${actorOf(by)} says that it is over`));
        open--;
      } else if (row !== undefined) refresh(ports, fingerprint, externalOf(row), posted, endsAt);
      else if (open >= MAX_OPEN) refused++;
      else {
        take(opened(ports, by, fingerprint, posted, endsAt));
        open++;
      }
    }
    announce(ports, changes);
    if (refused === 0) return ok(null);
    const words = `${refused} of ${alerts.length} alerts were not taken: ${MAX_OPEN} that other systems sent are open, as many as may be`;
    return fail("limit_exceeded", `${words}. The others were kept; group them at their source.`);
  });
}

/** Ends those of which nothing was heard until the end that was announced. */
export function endDueAlerts(ports: ProjectPorts): void {
  const at = nextExternalEndAt(ports);
  if (at === null || at > ports.now()) return;
  ports.database.transaction(() => {
    const due = ports.database.all<Row>(
      "SELECT fingerprint, active_at, ends_at, body FROM external_alerts WHERE ends_at <= ? ORDER BY ends_at LIMIT ?",
      ports.now(),
      ENDED_AT_ONCE,
    );
    const steps = due.map((row) => {
      const alert = externalOf(row);
      const heard = new Date(alert.updatedAt).toISOString();
      return ended(ports, row.fingerprint, alert, row.ends_at, `${alert.by} has not sent it again since ${heard}`);
    });
    announce(ports, applyTransitions(ports, steps));
  });
}

export function nextExternalEndAt(ports: ProjectPorts): number | null {
  return ports.database.all<{ at: number | null }>("SELECT min(ends_at) AS at FROM external_alerts")[0]?.at ?? null;
}
