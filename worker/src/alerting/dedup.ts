import { formatDuration } from "@sightline/shared/model/duration";
import type { GroupReason } from "./group-notification.ts";
import type { RoutedAlert } from "./routed-alert.ts";

/** What one integration was last told of a group. Alertmanager's notification log, with one set more. Alert ids. */
export interface ToldRecord {
  /** Ms. */
  readonly at: number;
  /** Firing in the last message. */
  readonly firing: ReadonlySet<string>;
  /** Told to fire in an earlier message, absent from the last (silenced, acknowledged, …), and their end was not told. */
  readonly unsettled: ReadonlySet<string>;
}

interface DedupInput {
  readonly firing: readonly RoutedAlert[];
  /** Resolved. */
  readonly over: readonly RoutedAlert[];
  readonly before: ToldRecord | null;
  /** All alerts of the group, held ones included. */
  readonly members: ReadonlySet<string>;
  readonly sendResolved: boolean;
  readonly repeatIntervalMs: number;
  readonly nowMs: number;
}

interface DedupVerdict {
  readonly send: {
    readonly reason: GroupReason;
    readonly why: string;
    readonly alerts: readonly RoutedAlert[];
    /** Those that the message is sent for; the others are in it because they fire still. */ readonly news: ReadonlySet<string>;
  } | null;
  readonly held: readonly { readonly alert: RoutedAlert; readonly reason: string }[];
  readonly after: ToldRecord | null;
}

const reasonOf = (news: readonly RoutedAlert[], before: ToldRecord | null): GroupReason => {
  if (before === null) return "new";
  return news.some(({ id, escalated }) => escalated !== null && escalated.at >= before.at && before.unsettled.has(id))
    ? "escalation"
    : "changed";
};

const why: Readonly<Record<string, string>> = {
  new: "the first message of this group",
  changed: "the group changed since the last message",
  repeat: "it still fires and the repeat interval is over",
  escalation: "its severity was raised",
};

/**
 * Whether a message is due, after Alertmanager's `needsUpdate`: for an alert that the last message did not list as
 * firing, for the end of one that was told to fire (where the receiver wants ends), or when the repeat interval is over.
 */
export function dedup({ firing, over, before, members, sendResolved, repeatIntervalMs, nowMs }: DedupInput): DedupVerdict {
  const knows = (id: string): boolean => before !== null && (before.firing.has(id) || before.unsettled.has(id));
  const news = firing.filter(({ id }) => before === null || !before.firing.has(id));
  const ended = over.filter(({ id }) => knows(id));
  const held = over
    .filter(({ id }) => !knows(id))
    .map((alert) => ({ alert, reason: "it resolved before this receiver was told that it fires" }));
  if (!sendResolved) held.push(...ended.map((alert) => ({ alert, reason: "this receiver is not told of resolved alerts" })));

  const isNews = news.length > 0 || (sendResolved && ended.length > 0);
  const isRepeat = !isNews && firing.length > 0 && before !== null && nowMs >= before.at + repeatIntervalMs;
  const settled = new Set(ended.map(({ id }) => id));
  if (!isNews && !isRepeat) {
    const reason = `told already; still firing is told again ${formatDuration(repeatIntervalMs)} after the last message`;
    held.push(...firing.map((alert) => ({ alert, reason })));
    const kept = (ids: ReadonlySet<string>): ReadonlySet<string> => new Set([...ids].filter((id) => members.has(id) && !settled.has(id)));
    return {
      send: null,
      held,
      after: before === null ? null : { at: before.at, firing: kept(before.firing), unsettled: kept(before.unsettled) },
    };
  }
  const reason = isRepeat ? "repeat" : reasonOf(news, before);
  const listed = new Set(firing.map(({ id }) => id));
  const unsettled = before === null ? [] : [...before.firing, ...before.unsettled];
  return {
    send: {
      reason,
      why: why[reason] ?? reason,
      alerts: sendResolved ? [...firing, ...ended] : firing,
      news: new Set((isRepeat ? firing : [...news, ...ended]).map(({ id }) => id)),
    },
    held,
    after: {
      at: nowMs,
      firing: listed,
      unsettled: new Set(unsettled.filter((id) => members.has(id) && !listed.has(id) && !settled.has(id))),
    },
  };
}
