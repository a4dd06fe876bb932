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

const read = (text: string, templates: readonly string[] = []): ReturnType<typeof readAlertmanagerFile> => {
  const documents = readCodeFiles([{ path: "alertmanager.yml", text }]);
  const [document] = documents.ok ? documents.value : [];
  if (document?.kind !== "alertmanager") throw new Error("this is no alertmanager.yml");
  return readAlertmanagerFile(document.value, templates);
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
    'templates: no .tmpl file that was given matches "/etc/alertmanager/template/*.tmpl"',
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

test("what Alertmanager can do and we cannot leaves out its own part, not the file", () => {
  const file = read(`
tracing: { endpoint: "otel:4317" }
route: { receiver: ops }
receivers:
  - name: ops
    pagerduty_configs: [{ service_key: old }, { service_key_file: /run/old }, { routing_key: new }]
    email_configs: [{ to: a@b.c, from: d@e.f, smarthost: "m.example.org:587", auth_username: u, auth_secret: s }]
`);
  const v1 = "service_key is of PagerDuty's Events API v1; add an Events API v2 integration to the service and give its routing_key";
  expect(file.ok && file.value).toMatchObject({
    receivers: [{ name: "ops", integrations: [{ type: "pagerduty", routingKey: "new" }] }],
    unsupported: [
      "tracing is not supported",
      `receiver ops: pagerduty_configs is left out: ${v1}`,
      `receiver ops: pagerduty_configs is left out: ${v1}`,
      "receiver ops: email_configs is left out: auth_username comes without auth_password, and other ways to log in (auth_secret) are not known here",
    ],
  });
});

const unsupported = (text: string, templates: readonly string[] = []): readonly string[] => {
  const file = read(text, templates);
  if (!file.ok) throw new Error(file.error.message);
  return file.value.unsupported;
};

test("templates that came along are not missed", () => {
  expect(unsupported(FILE, ["mail.tmpl"]).some((sentence) => sentence.startsWith("templates"))).toBe(false);
  expect(unsupported("templates: [a+.tmpl, '/x/b?.tmpl']", ["b1.tmpl", "aa.tmpl"])).toEqual([
    'templates: no .tmpl file that was given matches "a+.tmpl"',
  ]);
});

test("what lies inside http_config, headers and global is named as well; what Alertmanager does anyway is not", () => {
  const file = `
global: { resolve_timeout: 5m, smtp_hello: localhost, victorops_api_key: x }
receivers:
  - name: hook
    webhook_configs:
      - url: https://hooks.example.org/
        http_config: { follow_redirects: true, enable_http2: true, proxy_url: http://proxy, authorization: { type: Token, credentials: k, credentials_file: f } }
  - name: mail
    email_configs: [{ to: a@b.c, from: d@e.f, smarthost: "m:587", headers: { Subject: s, Reply-To: r@b.c } }]
`;
  expect(unsupported(file)).toEqual([
    "global: victorops_api_key is not supported",
    "receiver hook: http_config.proxy_url of webhook_configs is not supported",
    "receiver hook: http_config.authorization.credentials_file of webhook_configs is not supported",
    "receiver mail: headers.Reply-To of email_configs is not supported",
  ]);
});

test("who asks is taken over however it is said", () => {
  const of = (httpConfig: string): unknown => {
    const file = read(`receivers: [{ name: h, webhook_configs: [{ url: "https://h.example.org", http_config: ${httpConfig} }] }]`);
    return file.ok && file.value.receivers[0]?.integrations[0];
  };
  expect(of("{ authorization: { credentials: k } }")).toMatchObject({ authorization: "Bearer k" });
  expect(of("{ authorization: { type: Token, credentials: k } }")).toMatchObject({ authorization: "Token k" });
  expect(of("{ bearer_token: k }")).toMatchObject({ authorization: "Bearer k" });
  expect(of("{ basic_auth: { username: ada, password: päss } }")).toMatchObject({
    authorization: `Basic ${Buffer.from("ada:päss").toString("base64")}`,
  });
});

test("Slack's bot tokens are taken over from where Alertmanager has them", () => {
  const file = read(`
global: { slack_api_url: https://slack.com/api/chat.postMessage }
receivers: [{ name: s, slack_configs: [{ channel: "#ops", http_config: { authorization: { credentials: xoxb-1 } } }] }]
`);
  expect(file.ok && file.value.receivers[0]?.integrations).toEqual([
    { type: "slack", botToken: "xoxb-1", channel: "#ops", sendResolved: false },
  ]);
});

test("secrets in files are those that are here already, and that is said", () => {
  const file = read(`
global: { slack_api_url_file: /run/slack }
receivers: [{ name: r, pagerduty_configs: [{ routing_key_file: /run/key }], slack_configs: [{ channel: "#x" }] }]
`);
  expect(file.ok && file.value).toMatchObject({
    receivers: [{ integrations: [{ routingKey: "<secret>" }, { url: "<secret>" }] }],
    unsupported: [
      "receiver r: routing_key_file of pagerduty_configs is not read; the secret that is here already is kept",
      "receiver r: slack_api_url_file of slack_configs is not read; the secret that is here already is kept",
    ],
  });
});

test("names of receivers that are no names here are changed everywhere, and that is said", () => {
  const file = read(`
route: { receiver: team X, routes: [{ receiver: ns/pager, matchers: [a="b"] }] }
receivers: [{ name: team X }, { name: ns/pager }]
`);
  expect(file.ok && file.value).toMatchObject({
    routing: { route: { receiver: "team-X", routes: [{ receiver: "ns-pager" }] } },
    receivers: [{ name: "team-X" }, { name: "ns-pager" }],
  });
  expect(file.ok && file.value.unsupported[0]).toBe(
    'receiver "team X" is called team-X here, where names take letters, digits and any of _ . -',
  );
});

test("values of the routing are texts, however YAML reads them", () => {
  const file = read(`
route:
  receiver: a
  routes: [{ match: { code: 500, canary: true }, continue: true, mute_time_intervals: [y] }]
time_intervals: [{ name: y, time_intervals: [{ years: [2027], days_of_month: [-1] }] }]
`);
  expect(file.ok && file.value.routing).toMatchObject({
    route: { routes: [{ match: { code: "500", canary: "true" }, continue: true }] },
    time_intervals: [{ time_intervals: [{ years: ["2027"], days_of_month: ["-1"] }] }],
  });
});

test("inhibition and time intervals without a route are refused, not dropped", () => {
  const file = read("inhibit_rules: [{ source_matchers: [a=b], target_matchers: [c=d] }]");
  expect(file.ok ? null : file.error.message).toBe("inhibit_rules and time_intervals belong to a route, which is missing");
});
