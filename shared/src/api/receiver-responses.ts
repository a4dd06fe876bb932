/** What `/v1/receivers`, `/v1/dead-letters` and `/v1/templates` answer. Times in ms. */
import type { Receiver } from "../alerting/receiver.ts";
import type { Labels } from "../model/labels.ts";

/** Without its secrets. */
export interface ShownReceiver extends Receiver {
  readonly health: readonly ChannelHealth[];
}

/** How one integration of a receiver does. */
export interface ChannelHealth {
  readonly receiver: string;
  /** Its place in the receiver. */
  readonly integration: number;
  /** `open`: after five failures in a row nothing is sent; `half_open`: the next message is the probe. */
  readonly circuit: "closed" | "open" | "half_open";
  /** In a row. */
  readonly failures: number;
  /** Null while it works. */
  readonly failingSince: number | null;
  /** When the next message may go; null for at once. */
  readonly waitsUntil: number | null;
  readonly deliveredAt: number | null;
  readonly waiting: number;
  readonly deadLetters: number;
  readonly error: string | null;
}

/**
 * `dropped`: nobody was there to be told (the receiver or integration is gone, or wants no resolved alerts); `merged`:
 * said by a later message of its group; `dead`: given up after a day; `test`: the test button's, delivered.
 */
export type LoggedOutcome = "delivered" | "failed" | "refused" | "dead" | "dropped" | "merged" | "test";

/** One attempt at one message. */
export interface Delivery {
  readonly receiver: string;
  readonly integration: number;
  /** When it ended. */
  readonly at: number;
  /** Idempotency key. */
  readonly key: string;
  /** Of the integration; empty when it is gone. */
  readonly type: string;
  readonly outcome: LoggedOutcome;
  /** HTTP status or SMTP reply code; null when there was no answer. */
  readonly status: number | null;
  /** This one included. */
  readonly attempts: number;
  readonly durationMs: number;
  readonly error: string | null;
}

/** A message that was refused or grew too old. */
export interface DeadLetter {
  readonly id: number;
  readonly receiver: string;
  readonly integration: number;
  readonly key: string;
  readonly error: string;
  readonly attempts: number;
  readonly createdAt: number;
  readonly buriedAt: number;
  readonly groupLabels: Labels;
  readonly status: "firing" | "resolved";
  /** Their names. */
  readonly alerts: readonly string[];
}

/** What one integration made of a test. */
export interface TestedIntegration {
  readonly integration: number;
  readonly type: string;
  readonly delivered: boolean;
  /** A sentence. */
  readonly outcome: string;
  /** HTTP status or SMTP reply code; null when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
}

/** A file of `define`s, which receivers' texts may call, and which may define the defaults anew. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}
