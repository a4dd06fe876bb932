import type { SilenceRequest } from "@sightline/shared/api/responses";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { Principal } from "@sightline/shared/model/principal";
import type { Result } from "@sightline/shared/model/result";

/** An alert as another system sends it. Times in ms. */
export interface PostedAlert {
  /** None empty. */
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Null: now. */
  readonly startsAt: number | null;
  /** Null: it is believed for 5 min. One that is not in the future says that it is over. */
  readonly endsAt: number | null;
  /** Where it comes from; empty when that is not said. */
  readonly generatorUrl: string;
}

/** An open alert in Alertmanager's words. Times in ms. */
export interface AlertmanagerAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Of the labels, as Alertmanager computes it. */
  readonly fingerprint: string;
  /** In the order of their routes, each once. */
  readonly receivers: readonly string[];
  readonly state: "active" | "suppressed";
  readonly silencedBy: readonly string[];
  /** Fingerprints. */
  readonly inhibitedBy: readonly string[];
  /** Time intervals during which all of its routes are silent, now. */
  readonly mutedBy: readonly string[];
  readonly startsAt: number;
  readonly updatedAt: number;
  /** When it ends unless it is heard of again. */
  readonly endsAt: number;
  readonly generatorUrl: string;
}

export interface AlertmanagerGroup {
  readonly labels: Labels;
  readonly receiver: string;
  readonly alerts: readonly AlertmanagerAlert[];
}

/** What of the alerts is asked for. */
export interface AlertmanagerFilter {
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
  readonly muted: boolean;
  readonly matchers: readonly Matcher[];
  /** Regular expression that a receiver's whole name must match; empty for all. */
  readonly receiver: string;
}

export interface AlertmanagerSilence extends SilenceRequest {
  readonly id: string;
  readonly startsAt: number;
  readonly createdBy: string;
  readonly state: "active" | "pending" | "expired";
  readonly updatedAt: number;
}

/** Of Project: what amtool and other clients of Alertmanager ask and send. */
export interface AlertmanagerRpc {
  /** What is valid is kept, whatever else is refused. */
  postAlerts(by: Principal, alerts: readonly PostedAlert[]): Promise<Result<null>>;
  alertmanagerAlerts(filter: AlertmanagerFilter): Promise<Result<readonly AlertmanagerAlert[]>>;
  alertmanagerGroups(filter: AlertmanagerFilter): Promise<Result<readonly AlertmanagerGroup[]>>;
  /** Active ones by their end, then those to come, then those that ended within five days. */
  alertmanagerSilences(matchers: readonly Matcher[]): Promise<readonly AlertmanagerSilence[]>;
  alertmanagerSilence(id: string): Promise<AlertmanagerSilence | null>;
  /** Routes and receivers as an alertmanager.yml, without secrets, and the receivers' names. */
  alertmanagerConfig(): Promise<{ readonly original: string; readonly receivers: readonly string[] }>;
}
