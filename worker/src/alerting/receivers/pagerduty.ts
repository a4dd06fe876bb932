import type { PagerDutyIntegration } from "@sightline/shared/alerting/receiver";
import type { Severity } from "@sightline/shared/model/alert";
import { groupView } from "../group-view.ts";
import { shorten } from "../shorten.ts";
import type { IntegrationKind } from "./integration-kind.ts";
import { gravest, isAcknowledged } from "./severity.ts";

const API = "https://events.pagerduty.com";
// https://developer.pagerduty.com/docs/send-alert-event
const MAX_SUMMARY = 1024;
const MAX_DETAIL = 20_000;
const DETAIL = '{{ range .Alerts.STATUS }}{{ template "__text_alert" . }}\n{{ end }}';
const SEVERITY: Readonly<Record<Severity, string>> = {
  info: "info",
  warning: "warning",
  error: "error",
  critical: "critical",
  emergency: "critical",
};

const endpoint = (url = API): string => (/\/v2\/enqueue\/?$/.test(url) ? url : `${url.replace(/\/$/, "")}/v2/enqueue`);

/** Events API v2. One PagerDuty alert a group: triggered, acknowledged once all that fires is, and resolved under one dedup_key. */
export const pagerduty: IntegrationKind<PagerDutyIntegration> = {
  perMinute: 60,
  keepsAlerts: true,
  faultOf: ({ routingKey }) =>
    /^[A-Za-z0-9]{32}$/.test(routingKey) ? null : "a routingKey is the 32 letters and digits of an Events API v2 integration",
  reaches: ({ url }) => [endpoint(url)],
  payloadOf(notification, { routingKey, url }, { expand, externalUrl, sha256 }) {
    const { status, alerts, groupKey, groupLabels } = notification;
    const action = status === "resolved" ? "resolve" : isAcknowledged(alerts) ? "acknowledge" : "trigger";
    const { alerts: views, commonLabels } = groupView(notification, externalUrl);
    const runbooks = [...new Set(views.map(({ annotations }) => annotations["runbook_url"] ?? "").filter((link) => /^https?:/.test(link)))];
    const pages = views.map(({ generatorUrl, labels }) => ({ href: generatorUrl, text: labels["alertname"] ?? "alert" }));
    const links = [...pages.filter(({ href }) => href !== ""), ...runbooks.map((href) => ({ href, text: "Runbook" }))].slice(0, 10);
    const trigger = {
      payload: {
        summary: shorten(expand('{{ template "pagerduty.default.description" . }}'), MAX_SUMMARY),
        source: commonLabels["host_name"] ?? commonLabels["instance"] ?? commonLabels["service_name"] ?? "Sightline",
        severity: SEVERITY[gravest(alerts)],
        timestamp: new Date(Math.min(...views.map(({ startsAt }) => startsAt), notification.createdAt)).toISOString(),
        component: commonLabels["service_name"] ?? commonLabels["job"] ?? "",
        group: Object.values(groupLabels).join(" "),
        class: commonLabels["alertname"] ?? "",
        custom_details: {
          firing: expand(DETAIL.replace("STATUS", "Firing"), { max: MAX_DETAIL }),
          resolved: expand(DETAIL.replace("STATUS", "Resolved"), { max: MAX_DETAIL }),
          num_firing: String(views.filter((view) => view.status === "firing").length),
          num_resolved: String(views.filter((view) => view.status === "resolved").length),
          num_truncated: String(notification.truncatedAlerts),
          ...(notification.remark === undefined ? {} : { remark: notification.remark }),
        },
      },
      links,
      client: "Sightline",
      ...(externalUrl === "" ? {} : { client_url: externalUrl }),
    };
    const event = { routing_key: routingKey, event_action: action, dedup_key: sha256(groupKey), ...(action === "trigger" ? trigger : {}) };
    return { transport: "http", url: endpoint(url), headers: { "content-type": "application/json" }, body: JSON.stringify(event) };
  },
};
