import { labelFingerprint } from "@sightline/shared/alerting/label-fingerprint";
import type { Alert } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import type { GroupNotification } from "./group-notification.ts";
import { shownLabels } from "./silence-matching.ts";

/** One alert in Alertmanager's words; times in ms. */
export interface AlertView {
  readonly status: "firing" | "resolved";
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  /** Null while it has not ended. */
  readonly endsAt: number | null;
  /** Where to look at it. */
  readonly generatorUrl: string;
  /** Of its labels, the same each time it fires: what `/api/v2/alerts` calls it. */
  readonly fingerprint: string;
  /** Where this person acknowledges it; empty where nobody in particular is told. */
  readonly acknowledgeUrl: string;
  readonly alert: Alert;
}

/** What Alertmanager's templates and its webhook payload know of a group. */
export interface GroupView {
  readonly alerts: readonly AlertView[];
  /** What all alerts have in common. */
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
}

function common(all: readonly Labels[]): Labels {
  const [first, ...rest] = all;
  if (first === undefined) return {};
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((labels) => labels[name] === value)));
}

/** Where the page shows an alert; empty when it is not known where the server is reached. */
const alertUrl = (externalUrl: string, id: string): string =>
  externalUrl === "" ? "" : `${externalUrl.replace(/\/$/, "")}/#/alerts/${encodeURIComponent(id)}`;

const acknowledgeUrl = (externalUrl: string, link: string | undefined): string =>
  externalUrl === "" || link === undefined ? "" : `${externalUrl.replace(/\/$/, "")}/a/${link}`;

export function groupView(
  { alerts, acknowledge, digest }: Pick<GroupNotification, "alerts" | "acknowledge" | "digest">,
  externalUrl: string,
): GroupView {
  // What a digest shows has little to do with what it counts.
  const shared = (all: readonly Labels[]): Labels => (digest === undefined ? common(all) : {});
  const views = alerts.map((alert): AlertView => viewOf(alert, externalUrl, acknowledge?.[alert.id]));
  return {
    alerts: views,
    commonLabels: shared(views.map(({ labels }) => labels)),
    commonAnnotations: shared(views.map(({ annotations }) => annotations)),
  };
}

function viewOf(alert: Alert, externalUrl: string, link: string | undefined): AlertView {
  const labels = shownLabels(alert);
  return {
    status: alert.state === "resolved" ? "resolved" : "firing",
    labels,
    annotations: alert.annotations,
    startsAt: alert.firedAt ?? alert.activeAt,
    endsAt: alert.resolvedAt,
    generatorUrl: alert.generatorUrl ?? alertUrl(externalUrl, alert.id),
    fingerprint: labelFingerprint(labels),
    acknowledgeUrl: acknowledgeUrl(externalUrl, link),
    alert,
  };
}
