import type { TraceDecision } from "@sightline/shared/alerting/trace";
import type { Alert } from "@sightline/shared/model/alert";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { isOpen } from "../alerting/routed-alert.ts";
import { tellAnew } from "./alert-groups.ts";
import type { StoredAlert } from "./alert-lifecycle.ts";
import { type AlertChange, findAlert, saveAlert } from "./alert-store.ts";
import { announce, withSilence } from "./announce.ts";
import { actorOf, recordAudit } from "./audit-log.ts";
import { passOnAcknowledgement } from "./pass-on-acknowledgement.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { listSilences } from "./silences.ts";
import { recordTrace } from "./trace.ts";

/** Nobody puts an alert off for longer; a silence is the place for that. */
const LONGEST_SNOOZE_MS = 30 * 86_400_000;

const unknown = (id: string): Result<never> => fail("not_found", `There is no alert ${JSON.stringify(id)}; GET /v1/alerts lists them.`);
const conflict = (message: string): Result<never> => fail("conflict", `${message} Nothing was changed.`);

/** What a person does to an alert: the alert afterwards with the sentence for its trace, or null when there is nothing to do. */
type Deed = (before: StoredAlert) => Result<{ readonly alert: StoredAlert; readonly reason: string } | null>;

function act(ports: ProjectPorts, id: string, deed: Deed): Result<Alert> {
  return ports.database.transaction(() => {
    const before = findAlert(ports, id);
    if (before === null) return unknown(id);
    const done = deed(before);
    if (!done.ok) return done;
    const alert = done.value?.alert ?? before;
    if (done.value !== null) {
      const decision: TraceDecision = { stage: "person", decision: "done", reason: done.value.reason };
      saveAlert(ports, alert);
      recordTrace(ports, id, [decision]);
      const change: AlertChange = { alert, previous: before.state };
      announce(ports, [change]);
      if (alert.state === "acknowledged" && before.state !== "acknowledged") passOnAcknowledgement(ports, alert);
    }
    return ok(withSilence(alert, listSilences(ports), ports.now()));
  });
}

const quoted = (note: string | null): string => (note === null || note === "" ? "" : `: ${note}`);

/** Acknowledging twice keeps the first. Codes: `not_found`, `conflict`. */
export const acknowledge = (ports: ProjectPorts, by: Principal, id: string, note: string | null): Result<Alert> =>
  act(ports, id, (before) => {
    if (before.state === "acknowledged") return ok(null);
    if (before.state !== "firing") return conflict(`This alert is ${before.state}; only a firing one can be acknowledged.`);
    recordAudit(ports, by, "alert.acknowledge", `${before.name} (${id})${quoted(note)}`);
    return ok({
      alert: {
        ...before,
        state: "acknowledged",
        acknowledgedBy: actorOf(by),
        acknowledgedAt: ports.now(),
        acknowledgedNote: note === "" ? null : note,
      },
      reason: `${actorOf(by)} acknowledged it${quoted(note)}`,
    });
  });

/** Codes: `not_found`, `conflict`. */
export const resolveByHand = (ports: ProjectPorts, by: Principal, id: string): Result<Alert> =>
  act(ports, id, (before) => {
    if (before.state === "resolved") return conflict("This alert is resolved already.");
    recordAudit(ports, by, "alert.resolve", `${before.name} (${id}) by hand`);
    return ok({
      alert: { ...before, state: "resolved", resolvedAt: ports.now(), snoozedUntil: null },
      reason: `${actorOf(by)} resolved it by hand`,
    });
  });

/** Until a time in ms; one that is not in the future ends the snooze. Codes: `not_found`, `conflict`, `bad_request`. */
export const snooze = (ports: ProjectPorts, by: Principal, id: string, untilMs: number): Result<Alert> =>
  act(ports, id, (before) => {
    const now = ports.now();
    if (!isOpen(before)) return conflict(`This alert is ${before.state}; only one that fires can be snoozed.`);
    if (untilMs > now + LONGEST_SNOOZE_MS)
      return fail("bad_request", "An alert is snoozed for 30 days at most; silence it for longer. Nothing was changed.");
    if (untilMs <= now) {
      if (before.snoozedUntil === null) return ok(null);
      recordAudit(ports, by, "alert.snooze", `${before.name} (${id}) ended`);
      return ok({ alert: woken(ports, before), reason: `${actorOf(by)} ended the snooze` });
    }
    const until = new Date(untilMs).toISOString();
    recordAudit(ports, by, "alert.snooze", `${before.name} (${id}) until ${until}`);
    return ok({ alert: { ...before, snoozedUntil: untilMs }, reason: `${actorOf(by)} snoozed it until ${until}` });
  });

/** The post-mortem note; empty takes it away. Codes: `not_found`. */
export const writeNote = (ports: ProjectPorts, by: Principal, id: string, note: string): Result<Alert> =>
  act(ports, id, (before) => {
    recordAudit(ports, by, "alert.note", `${before.name} (${id})`);
    return ok({ alert: { ...before, note: note === "" ? null : note }, reason: `${actorOf(by)} wrote a note` });
  });

/** Inside a transaction: the snooze is over, and whoever was told before is told anew if it still fires. */
export function woken(ports: ProjectPorts, alert: StoredAlert): StoredAlert {
  tellAnew(ports, alert);
  return { ...alert, snoozedUntil: null };
}
