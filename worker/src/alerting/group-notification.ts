import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";

/** Why a group's people are told now. */
export type GroupReason = "new" | "changed" | "repeat" | "escalation" | "acknowledged" | "silence_ending" | "silence_summary" | "test";

/**
 * What one integration of one receiver is told about one group of alerts, as it waits in the outbox. Frozen when the
 * group was flushed: a retry says the same under the same key.
 */
export interface GroupNotification {
  /** Idempotency key: of group, flush, receiver and integration. */
  readonly key: string;
  /** Name of the receiver. */
  readonly receiver: string;
  /** Which of the receiver's integrations. */
  readonly integration: number;
  /** Names the route and the group's labels; stable, so that a receiver can thread messages by it. */
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** `firing` while one of the alerts is. */
  readonly status: "firing" | "resolved";
  /** Firing ones first; at most MAX_ALERTS, the rest counted in `truncatedAlerts`. */
  readonly alerts: readonly Alert[];
  readonly truncatedAlerts: number;
  readonly reason: GroupReason;
  /** A sentence of our own before the alerts, where `reason` needs one. */
  readonly remark?: string;
  /** Ids of the alerts of which this integration hears for the first time, or that it never heard of the group before; absent: none. */
  readonly firstTold?: "all" | readonly string[];
  /** Of a message that says what many groups had to say: what it tells of, in a few words. */
  readonly digest?: string;
  /** By alert id: the signed part of the address at which this receiver's person acknowledges it. */
  readonly acknowledge?: Readonly<Record<string, string>>;
  /** Ms. */
  readonly createdAt: number;
}
