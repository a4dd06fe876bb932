import { readAlertmanagerFile } from "@sightline/shared/alerting/alertmanager-file";
import { readCodeFiles } from "@sightline/shared/as-code/code-files";
import { expect, test } from "vitest";

const FILE = `
global:
  smtp_smarthost: 'localhost:25'
  smtp_from: 'alertmanager@example.org'
  slack_api_url: https://hooks.slack.com/services/T/B/X
  resolve_timeout: 5m
templates: ['/etc/alertmanager/template/*.tmpl']
route:
  group_by: ['alertname', 'cluster']
  group_wait: 30s
  receiver: team-X-mails
  routes:
    - matchers: [ service=~"foo1|foo2" ]
      receiver: team-X-pager
inhibit_rules:
  - source_matchers: [ severity="critical" ]
    target_matchers: [ severity="warning" ]
    equal: [alertname]
mute_time_intervals: [{ name: nights, time_intervals: [] }]
receivers:
  - name: team-X-mails
    email_configs:
      - to: 'team-X+alerts@example.org, team-Y@example.org'
        headers: { Subject: 'hi' }
  - name: team-X-pager
    pagerduty_configs: [{ routing_key: abc, details: { a: b } }]
    slack_configs: [{ channel: '#x', color: danger, send_resolved: true }]
    pushover_configs: [{ token: x }]
    webhook_configs: [{ url: 'http://127.0.0.1:5001/', max_alerts: 5, http_config: { authorization: { credentials: s3cret } } }]
  - name: nobody
`;

const read = (text: string): ReturnType<typeof readAlertmanagerFile> => {
  const documents = readCodeFiles([{ path: "alertmanager.yml", text }]);
  const [document] = documents.ok ? documents.value : [];
  if (document?.kind !== "alertmanager") throw new Error("this is no alertmanager.yml");
  return readAlertmanagerFile(document.value);
};

test("receivers become ours with Alertmanager's defaults and what global says", () => {
  const file = read(FILE);
  expect(file.ok && file.value.receivers).toEqual([
    {
      name: "team-X-mails",
      integrations: [
        {
          type: "email",
          to: ["team-X+alerts@example.org", "team-Y@example.org"],
          from: "alertmanager@example.org",
          smarthost: "localhost:25",
          subject: "hi",
          sendResolved: false,
        },
      ],
    },
    {
      name: "team-X-pager",
      integrations: [
        { type: "pagerduty", routingKey: "abc", sendResolved: true },
        { type: "slack", url: "https://hooks.slack.com/services/T/B/X", channel: "#x", sendResolved: true },
        { type: "webhook", url: "http://127.0.0.1:5001/", authorization: "Bearer s3cret", maxAlerts: 5, sendResolved: true },
      ],
    },
    { name: "nobody", integrations: [] },
  ]);
});

test("the routing stands as it was, older names of time intervals included", () => {
  const file = read(FILE);
  expect(file.ok && file.value.routing).toMatchObject({
    route: { receiver: "team-X-mails" },
    inhibit_rules: [{ equal: ["alertname"] }],
    time_intervals: [{ name: "nights" }],
  });
});

test("what is not taken over is named", () => {
  const file = read(FILE);
  expect(file.ok && file.value.unsupported).toEqual([
    "global: resolve_timeout is not supported",
    "templates: files are not read from here; put their text with PUT /v1/templates/NAME",
    "receiver team-X-pager: details of pagerduty_configs is not supported",
    "receiver team-X-pager: color of slack_configs is not supported",
    "receiver team-X-pager: pushover_configs is not supported",
  ]);
});

test("a receiver without what it cannot do without is refused by name", () => {
  const file = read("receivers: [{ name: mails, email_configs: [{ to: a@b.c }] }]");
  expect(file.ok ? null : file.error.message).toBe(
    "receiver mails: email_configs needs to, from and smarthost, the last two here or as smtp_from and smtp_smarthost under global",
  );
});
