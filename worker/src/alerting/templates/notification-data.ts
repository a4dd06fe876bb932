/** The data model of Alertmanager's notification templates (https://prometheus.io/docs/alerting/latest/notifications/), and what we know besides. */
import type { Labels } from "@sightline/shared/model/labels";
import { goTime } from "@sightline/shared/template/go-time";
import { type GoMap, type GoStruct, type GoValue, isList, textOf, withMethods } from "@sightline/shared/template/go-value";
import type { GroupNotification } from "../group-notification.ts";
import { type AlertView, groupView } from "../group-view.ts";
import { shorten } from "../shorten.ts";

/** An annotation that is longer is no text for people. */
const MAX_ANNOTATION = 20_000;

/** `alertname` first, the rest by name, as Alertmanager's KV sorts. */
function sortedNames(labels: Labels): readonly string[] {
  const names = Object.keys(labels).sort();
  return names.includes("alertname") ? ["alertname", ...names.filter((name) => name !== "alertname")] : names;
}

function pairs(labels: Labels): readonly GoValue[] {
  const names = sortedNames(labels);
  const list: GoValue[] = names.map((name) => ({ Name: name, Value: labels[name] ?? "" }));
  const shown = names.map((name) => `${name}=${labels[name] ?? ""}`).join(", ");
  return withMethods(list, { Names: () => names, Values: () => names.map((name) => labels[name] ?? ""), String: () => shown });
}

function kv(labels: Labels): GoMap {
  return withMethods(new Map(Object.entries(labels)), {
    SortedPairs: () => pairs(labels),
    Names: () => sortedNames(labels),
    Values: () => sortedNames(labels).map((name) => labels[name] ?? ""),
    Remove: (names = null) => {
      const removed = isList(names) ? names.map((name) => textOf(name, "a label's name")) : [];
      return kv(Object.fromEntries(Object.entries(labels).filter(([name]) => !removed.includes(name))));
    },
    String: () =>
      sortedNames(labels)
        .map((name) => `${name}=${labels[name] ?? ""}`)
        .join(", "),
  });
}

const alertData = ({ alert, ...view }: AlertView): GoStruct => ({
  Status: view.status,
  Labels: kv(view.labels),
  Annotations: kv(Object.fromEntries(Object.entries(view.annotations).map(([name, text]) => [name, shorten(text, MAX_ANNOTATION)]))),
  StartsAt: goTime(view.startsAt),
  EndsAt: goTime(view.endsAt),
  GeneratorURL: view.generatorUrl,
  Fingerprint: view.fingerprint,
  AcknowledgeURL: view.acknowledgeUrl,
  Severity: alert.severity,
  // JSON has no NaN: what was none came back as null.
  Value: alert.value ?? Number.NaN,
  Threshold: alert.threshold ?? "",
  Condition: alert.condition,
  AcknowledgedBy: alert.acknowledgedBy ?? "",
  Recommendations: alert.recommendations.map(({ type, priority, text }) => ({ Type: type, Priority: priority, Text: text })),
});

function alertList(views: readonly AlertView[]): readonly GoValue[] {
  const list = (status: AlertView["status"]): readonly GoValue[] => views.filter((view) => view.status === status).map(alertData);
  return withMethods(views.map(alertData), { Firing: () => list("firing"), Resolved: () => list("resolved") });
}

/** The dot of a notification's templates. */
export function notificationData(notification: GroupNotification, externalUrl: string): GoStruct {
  const { alerts, commonLabels, commonAnnotations } = groupView(notification, externalUrl);
  const [severity, ...others] = new Set(alerts.map(({ alert }) => alert.severity));
  return {
    Receiver: notification.receiver,
    Status: notification.status,
    Alerts: alertList(alerts),
    GroupLabels: kv(notification.groupLabels),
    CommonLabels: kv(commonLabels),
    CommonAnnotations: kv(commonAnnotations),
    ExternalURL: externalUrl,
    GroupKey: notification.groupKey,
    TruncatedAlerts: BigInt(notification.truncatedAlerts),
    Digest: notification.digest ?? "",
    Remark: notification.remark ?? "",
    NotificationReason: notification.reason,
    // What all are graded as; empty where they differ.
    Severity: others.length === 0 && notification.digest === undefined ? (severity ?? "") : "",
  };
}
