import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import { spokenDuration } from "@sightline/shared/model/duration";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, ok } from "@sightline/shared/model/result";
import { boundedAlerts } from "../alerting/bounded-alerts.ts";
import type { GroupNotification, GroupReason } from "../alerting/group-notification.ts";
import { formatMatchers } from "@sightline/shared/alerting/route-tree";
import { enqueueGroups } from "../alerting/enqueue-groups.ts";
import { matchersOf, silenceMatches } from "../alerting/silence-matching.ts";
import { isOpen } from "../alerting/routed-alert.ts";
import type { Silence } from "../objects/rpc.ts";
import { touchHeld } from "./alert-groups.ts";
import type { StoredAlert } from "./alert-lifecycle.ts";
import { alertsSince } from "./alert-store.ts";
import { tellEditor } from "./announce.ts";
import { outboxPorts } from "./outbox-ports.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";
import { type StoredSilence, dueSilences, endSilence, forgetSilence, putSilence, saveSilence } from "./silences.ts";
import { targetsOf } from "./targets.ts";

/** Alerts that the editor is told of one by one when a silence begins or ends. */
const TOLD_AT_ONCE = 1000;

/** Alerts that were open at some time while the silence was in force, whose labels it matches. */
const silencedAlerts = (ports: ProjectPorts, silence: Silence): readonly StoredAlert[] =>
  alertsSince(ports, silence.startsAt).filter((alert) => alert.firedAt !== null && silenceMatches(silence, alert));

function retellEditor(ports: ProjectPorts, alerts: readonly StoredAlert[], kind: "silenced" | "changed"): void {
  tellEditor(
    ports,
    alerts
      .filter(isOpen)
      .slice(0, TOLD_AT_ONCE)
      .map((alert) => ({ alert, previous: alert.state, kind })),
  );
}

/** Tells whoever made the silence: in the editor, and at the receiver that bears their name, if there is one. */
function tellMaker(ports: ProjectPorts, silence: Silence, alerts: readonly StoredAlert[], reason: GroupReason, remark: string): void {
  const [first] = alerts;
  if (first === undefined) return;
  const now = ports.now();
  tellEditor(ports, [{ alert: first, previous: first.state, kind: "changed", remark }]);
  const shown = boundedAlerts(
    alerts.map((alert): Alert => ({ ...alert, silencedUntil: alert.state === "resolved" ? null : silence.endsAt })),
  );
  const notifications = (targetsOf(ports, silence.createdBy) ?? []).map(({ integration }): GroupNotification => ({
    key: `silence-${silence.id}-${reason}-${now.toString(36)}/${integration}`,
    receiver: silence.createdBy,
    integration,
    groupKey: `silence:${silence.id}`,
    groupLabels: {},
    status: alerts.some(isOpen) ? "firing" : "resolved",
    alerts: shown.alerts,
    truncatedAlerts: shown.truncated,
    reason,
    remark,
    createdAt: now,
  }));
  enqueueGroups(outboxPorts(ports), notifications);
}

const nameOf = (silence: Silence): string => `The silence on ${formatMatchers(matchersOf(silence))}`;
const counted = (count: number): string => (count === 1 ? "1 alert" : `${count} alerts`);

function warn(ports: ProjectPorts, silence: Silence): void {
  const held = silencedAlerts(ports, silence).filter(isOpen);
  if (held.length === 0) return;
  const left = spokenDuration(silence.endsAt - ports.now());
  tellMaker(
    ports,
    silence,
    held,
    "silence_ending",
    `${nameOf(silence)} ends in ${left}, and ${counted(held.length)} that it holds still ${held.length === 1 ? "fires" : "fire"}.`,
  );
}

/** Inside the transaction of its end. */
function conclude(ports: ProjectPorts, silence: Silence): void {
  const met = silencedAlerts(ports, silence);
  const fired = met.filter(({ firedAt }) => firedAt !== null && firedAt >= silence.startsAt).length;
  const resolved = met.filter(({ state }) => state === "resolved").length;
  const open = met.length - resolved;
  touchHeld(ports, readRouting(ports), "silence");
  // What it held from the editor is judged again, and told by that.
  retellEditor(
    ports,
    met.filter(({ held }) => held?.stage !== "silence"),
    "changed",
  );
  const remark = `${nameOf(silence)} has ended. Meanwhile ${counted(fired)} fired and ${counted(resolved)} resolved; ${open} still ${open === 1 ? "fires" : "fire"}.`;
  tellMaker(ports, silence, met, "silence_summary", remark);
}

function begin(ports: ProjectPorts, silence: Silence): void {
  saveSilence(ports, silence, "active");
  retellEditor(ports, silencedAlerts(ports, silence), "silenced");
}

function advance(ports: ProjectPorts, { silence, phase }: StoredSilence): void {
  const now = ports.now();
  if (phase === "ended") return forgetSilence(ports, silence.id);
  if (silence.endsAt <= now) {
    saveSilence(ports, silence, "ended");
    return conclude(ports, silence);
  }
  if (phase === "pending") return begin(ports, silence);
  saveSilence(ports, silence, "warned");
  warn(ports, silence);
}

/** Begins, warns of, ends and forgets silences whose time has come. */
export function advanceSilences(ports: ProjectPorts): void {
  ports.database.transaction(() => {
    for (const due of dueSilences(ports)) advance(ports, due);
  });
}

/** Codes: `bad_request`, `not_found`, `limit_exceeded`. */
export function silence(ports: ProjectPorts, by: Principal, request: SilenceRequest): Result<{ readonly silenceID: string }> {
  return ports.database.transaction(() => {
    const put = putSilence(ports, by, request);
    if (!put.ok) return put;
    const { silence: stored, before } = put.value;
    if (stored.startsAt <= ports.now()) begin(ports, stored);
    // What the old one held and the new one does not is news.
    if (before !== null) {
      touchHeld(ports, readRouting(ports), "silence");
      if (before.id !== stored.id) retellEditor(ports, silencedAlerts(ports, before), "changed");
    }
    return ok({ silenceID: stored.id });
  });
}

/** Codes: `not_found`. */
export function expireSilence(ports: ProjectPorts, by: Principal, id: string): Result<null> {
  return ports.database.transaction(() => {
    const ended = endSilence(ports, by, id);
    if (!ended.ok) return ended;
    if (ended.value.phase !== "pending") conclude(ports, ended.value.silence);
    return ok(null);
  });
}
