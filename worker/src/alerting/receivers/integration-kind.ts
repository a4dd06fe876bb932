import type { Integration } from "@sightline/shared/alerting/receiver";
import type { DeliveryOutcome } from "../delivery-outcome.ts";
import type { GroupNotification } from "../group-notification.ts";
import type { Expand } from "../templates/template-set.ts";
import type { MailMessage } from "../transport/mail-message.ts";

/** A POST. */
export interface HttpRequest {
  readonly transport: "http";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SmtpRequest {
  readonly transport: "smtp";
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** Whether the session must be encrypted before anything is said in it. */
  readonly requireTls: boolean;
  readonly message: MailMessage;
}

/** An answer over HTTP; of the body as much as is read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What a message is made of besides the notification. */
interface PayloadContext {
  /** Where people reach this server; empty when it was not told. */
  readonly externalUrl: string;
  readonly nowMs: number;
  /** A Go template over the notification, with Alertmanager's data model; what cannot be expanded says so in its place. */
  readonly expand: Expand;
  /** Hex. */
  readonly sha256: (text: string) => string;
  readonly hmacSha256: (key: string, text: string) => string;
}

/** A way to reach people: one file each. Everything but the sending, which the transports do. */
export interface IntegrationKind<I extends Integration = Integration> {
  /** Messages a minute, where the integration doesn't say: below what the vendor takes. */
  readonly perMinute: number;
  /** It keeps an alert of its own for each group, which can be acknowledged there as here. */
  readonly keepsAlerts?: true;
  /** What is wrong with the settings, in a sentence; null when nothing is. URLs are judged elsewhere. */
  readonly faultOf: (integration: I) => string | null;
  /** Every URL or host:port it would reach. */
  readonly reaches: (integration: I) => readonly string[];
  readonly payloadOf: (notification: GroupNotification, integration: I, context: PayloadContext) => HttpRequest | SmtpRequest;
  /** What the vendor's answer means, where that is more than `plain`, its meaning by HTTP alone. */
  readonly outcomeOf?: (answer: HttpAnswer, plain: DeliveryOutcome) => DeliveryOutcome;
}
