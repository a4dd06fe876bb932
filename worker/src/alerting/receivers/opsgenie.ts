import type { OpsgenieIntegration } from "@sightline/shared/alerting/receiver";
import type { Severity } from "@sightline/shared/model/alert";
import { groupView } from "../group-view.ts";
import { shorten } from "../shorten.ts";
import type { IntegrationKind } from "./integration-kind.ts";
import { gravest, isAcknowledged } from "./severity.ts";

const API = "https://api.opsgenie.com";
// https://docs.opsgenie.com/docs/alert-api#create-alert
const MAX_MESSAGE = 130;
const MAX_DESCRIPTION = 15_000;
const MAX_DETAILS = 8000;
const MAX_TAGS = 20;
const MAX_TAG = 50;
const PRIORITY: Readonly<Record<Severity, string>> = { emergency: "P1", critical: "P1", error: "P2", warning: "P3", info: "P5" };

/** As many labels as the sum of their lengths allows. */
function detailsOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let room = MAX_DETAILS;
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => (room -= name.length + value.length) >= 0));
}

/** Alert API. One Opsgenie alert a group, known by its alias: created, acknowledged once all that fires is, and closed. */
export const opsgenie: IntegrationKind<OpsgenieIntegration> = {
  perMinute: 60,
  keepsAlerts: true,
  faultOf: () => null,
  reaches: ({ url }) => [url ?? API],
  payloadOf(notification, { apiKey, url }, { expand, externalUrl, sha256 }) {
    const { status, alerts, groupKey } = notification;
    const alias = sha256(groupKey);
    const alertsUrl = `${(url ?? API).replace(/\/$/, "")}/v2/alerts`;
    const headers = { "content-type": "application/json", authorization: `GenieKey ${apiKey}` };
    const act = (action: string, note: string): ReturnType<typeof opsgenie.payloadOf> => ({
      transport: "http",
      url: `${alertsUrl}/${alias}/${action}?identifierType=alias`,
      headers,
      body: JSON.stringify({ source: "Sightline", note }),
    });
    if (status === "resolved") return act("close", expand('{{ template "__subject" . }}', { max: 1000 }));
    if (isAcknowledged(alerts)) {
      const who = [...new Set(alerts.map(({ acknowledgedBy }) => acknowledgedBy ?? "").filter((name) => name !== ""))];
      return act("acknowledge", shorten(`acknowledged by ${who.join(", ")}`, 1000));
    }
    const { commonLabels } = groupView(notification, externalUrl);
    const body = JSON.stringify({
      message: shorten(expand('{{ template "opsgenie.default.message" . }}'), MAX_MESSAGE),
      alias,
      description: expand('{{ template "opsgenie.default.description" . }}', { max: MAX_DESCRIPTION }),
      details: detailsOf(commonLabels),
      tags: Object.values(commonLabels)
        .slice(0, MAX_TAGS)
        .map((value) => value.slice(0, MAX_TAG)),
      source: externalUrl === "" ? "Sightline" : externalUrl.slice(0, 100),
      priority: PRIORITY[gravest(alerts)],
    });
    return { transport: "http", url: alertsUrl, headers, body };
  },
};
