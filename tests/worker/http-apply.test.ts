import { describe, expect, it } from "vitest";
import type { ApplyResponse } from "@sightline/shared/api/responses";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const ON_CALL = `
users:
  - id: ada
    name: Ada
    timeZone: Europe/Rome
schedules:
  - name: web
    layers:
      - { name: primary, timeZone: Europe/Rome, users: [ada], start: "2026-11-02T09:00", rotation: { unit: weeks } }
policies:
  - name: page
    steps:
      - targets: [{ schedule: web }]
        wait: 5m
`;
const RULES = `
groups:
  - name: shop
    rules:
      - alert: ShopDown
        expr: up{job="shop"} == 0
        for: 1m
`;
const SLO = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: checkout, displayName: Checkout works }
spec:
  objectives: [{ target: 0.995 }]
  timeWindow: [{ duration: 30d, isRolling: true }]
  indicator:
    spec:
      ratioMetric:
        good: { metricSource: { spec: { query: 'http_requests_total{code="200"}' } } }
        total: { metricSource: { spec: { query: http_requests_total } } }
`;

const ALERTMANAGER = `
global: { slack_api_url: "https://hooks.slack.com/services/T/B/s3cret" }
templates: [templates/*.tmpl]
route:
  receiver: everybody
  group_by: [alertname]
  routes:
    - { receiver: pager, matchers: [severity="critical"], mute_time_intervals: [nights] }
inhibit_rules:
  - { source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [instance] }
time_intervals:
  - { name: nights, time_intervals: [{ times: [{ start_time: 22:00, end_time: 24:00 }], location: Europe/Rome }] }
receivers:
  - { name: everybody, slack_configs: [{ channel: "#ops", title: '{{ template "shop.title" . }}' }] }
  - { name: pager, pagerduty_configs: [{ routing_key: 0123456789abcdef0123456789abcdef, class: disk }] }
`;
const TEMPLATE = '{{ define "shop.title" }}{{ .GroupLabels.alertname }}{{ end }}';
const SECRETS = ["s3cret", "0123456789abcdef"];

interface Options {
  readonly dryRun?: boolean;
  readonly prune?: boolean;
}

async function applier(project: string) {
  const admin = sendAs(await tokenOf(project, "admin"));
  const apply = (files: Readonly<Record<string, string>>, options: Options = {}): Promise<Response> =>
    admin("/v1/apply", json("POST", { files: Object.entries(files).map(([path, text]) => ({ path, text })), ...options }));
  const actions = async (files: Readonly<Record<string, string>>, options: Options = {}): Promise<readonly string[]> => {
    const answer = await apply(files, options);
    expect(answer.status).toBe(200);
    return (await answer.json<ApplyResponse>()).changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
  };
  const audit = async (): Promise<number> =>
    (await (await admin("/v1/audit?limit=1000")).json<{ entries: readonly unknown[] }>()).entries.length;
  return { admin, apply, actions, audit };
}

describe("configuration as files", () => {
  it("is applied in the order in which things name each other, and again without a trace", async () => {
    const { admin, actions, audit } = await applier("apply-order");
    const files = { "a/rules.yml": RULES, "b/on-call.yml": ON_CALL, "slo.yml": SLO };
    expect(await actions(files, { dryRun: true })).toEqual([
      "create user ada", "create schedule web", "create policy page", "create rules shop", "create slo checkout",
    ]); // prettier-ignore
    expect(await (await admin("/v1/users")).json()).toEqual({ users: [] });
    await actions(files);
    const entries = await audit();
    expect((await actions(files)).every((line) => line.startsWith("unchanged "))).toBe(true);
    expect(await audit()).toBe(entries);
    expect(await (await admin("/v1/oncall/policies")).json()).toMatchObject({ policies: [{ name: "page" }] });
  });

  it("all or nothing: the second file's mistake leaves the first undone", async () => {
    const { admin, apply } = await applier("apply-atomic");
    const refused = await apply({ "on-call.yml": ON_CALL, "more.yml": "schedules: [{ name: nights, layers: [{ name: l, users: [nobody], start: '2026-01-01T00:00', rotation: { unit: days } }] }]" }); // prettier-ignore
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toBe(
      'more.yml: schedule nights: There is no user "nobody"; PUT /v1/users/nobody first. Nothing was changed.',
    );
    expect(await (await admin("/v1/users")).json()).toEqual({ users: [] });
  });

  it("prune removes what an earlier apply put, and nothing made by hand", async () => {
    const { admin, actions } = await applier("apply-prune");
    await admin("/v1/users/ben", json("PUT", { name: "Ben" }));
    await actions({ "rules.yml": RULES, "on-call.yml": ON_CALL });
    expect(await actions({ "rules.yml": RULES })).toEqual(["unchanged rules shop"]);
    expect(await actions({ "rules.yml": RULES }, { prune: true, dryRun: true })).toContain("delete schedule web");
    expect(await actions({ "rules.yml": RULES }, { prune: true })).toEqual([
      "unchanged rules shop", "delete policy page", "delete schedule web", "delete user ada",
    ]); // prettier-ignore
    expect(await (await admin("/v1/users")).json()).toMatchObject({ users: [{ id: "ben" }] });
  });

  it("an alertmanager.yml with its templates is applied whole, what is not taken over is named, and no secret is told", async () => {
    const { admin, apply, actions } = await applier("apply-alertmanager");
    const files = { "am/alertmanager.yml": ALERTMANAGER, "am/templates/shop.tmpl": TEMPLATE };
    const answer = await apply(files);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    const { changes, warnings } = JSON.parse(text) as ApplyResponse;
    expect(changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      "create template shop.tmpl", "create receiver everybody", "create receiver pager", "create routes routes",
    ]); // prettier-ignore
    expect(warnings).toEqual(["am/alertmanager.yml: receiver pager: class of pagerduty_configs is not supported"]);
    expect(await (await admin("/v1/routes")).json()).toMatchObject({
      route: { receiver: "everybody", routes: [{ receiver: "pager", mute_time_intervals: ["nights"] }] },
      inhibit_rules: [{ equal: ["instance"] }],
      time_intervals: [{ name: "nights" }],
    });
    expect((await actions(files)).every((line) => line.startsWith("unchanged "))).toBe(true);
    // A change of a secret is a change, and is not shown.
    const other = { ...files, "am/alertmanager.yml": ALERTMANAGER.replace("0123456789abcdef0123", "fedcba98765432100123") };
    const changed = await (await apply(other)).json<ApplyResponse>();
    expect(changed.changes.filter(({ action }) => action !== "unchanged")).toMatchObject([{ action: "update", name: "pager" }]);
    expect(changed.changes.map(({ before, after }) => JSON.stringify([before, after])).join()).not.toContain("fedcba98");
  });

  it("what amtool config show prints is applied without a change: secrets are kept, policies and the editor need no receiver", async () => {
    const { admin, actions } = await applier("apply-shown");
    await actions({ "on-call.yml": ON_CALL, "alertmanager.yml": ALERTMANAGER, "shop.tmpl": TEMPLATE });
    const { config } = await (await admin("/api/v2/status")).json<{ config: { original: string } }>();
    expect(config.original).toContain("name: page");
    expect(config.original).toContain("name: editor");
    expect(await actions({ "shown.yml": config.original })).toEqual([
      "unchanged receiver everybody", "unchanged receiver pager", "unchanged routes routes",
    ]); // prettier-ignore
  });

  it("receivers, templates and silences of our own notation stand beside Alertmanager's keys", async () => {
    const { admin, actions } = await applier("apply-own");
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const files = {
      "all.yml": `
receivers:
  - { name: hook, integrations: [{ type: webhook, url: "https://hooks.example.org/x", secret: s3cret }] }
  - { name: mails, webhook_configs: [{ url: "https://mails.example.org/" }] }
templates: [{ name: mine, text: '{{ define "mine" }}x{{ end }}' }]
route: { receiver: hook }
silences:
  - { name: old-host, matchers: ['host="old"', severity!~"critical|emergency"], endsAt: "${endsAt}", comment: going away }
`,
    };
    expect(await actions(files)).toEqual([
      "create template mine", "create receiver hook", "create receiver mails", "create routes routes", "create silence old-host",
    ]); // prettier-ignore
    expect((await actions(files)).every((line) => line.startsWith("unchanged "))).toBe(true);
    const silences = async (): Promise<
      readonly { readonly id: string; readonly comment: string; readonly matchers: readonly unknown[] }[]
    > => (await (await admin("/v1/silences")).json<{ silences: { id: string; comment: string; matchers: unknown[] }[] }>()).silences;
    const [first] = await silences();
    expect(first?.matchers).toEqual([
      { name: "host", value: "old", isRegex: false, isEqual: true },
      { name: "severity", value: "critical|emergency", isRegex: true, isEqual: false },
    ]);
    expect(await actions({ "all.yml": files["all.yml"].replace("going away", "gone soon") })).toContain("update silence old-host");
    expect(await silences()).toMatchObject([{ id: first?.id, comment: "gone soon" }]);
    // Its end in the file comes: it is over, and what is past is told and harms nobody.
    const past = { "all.yml": files["all.yml"].replace(endsAt, "2026-01-01T00:00:00Z") };
    expect(await actions(past)).toContain("delete silence old-host");
    expect(await silences()).toEqual([]);
    expect((await actions(past)).every((line) => line.startsWith("unchanged "))).toBe(true);
  });

  it("prune ends silences, goes back to the first routes and removes receivers; not those that something still names", async () => {
    const { admin, apply, actions } = await applier("apply-prune-alerting");
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const silences = `silences: [{ name: s, matchers: [a="b"], endsAt: "${endsAt}" }]`;
    const files = { "am.yml": ALERTMANAGER, "shop.tmpl": TEMPLATE, "s.yml": silences };
    await actions(files);
    const orphaned = { "am.yml": ALERTMANAGER.replace(/ {2}- \{ name: pager.*\n/, ""), "shop.tmpl": TEMPLATE };
    const refused = await apply(orphaned, { prune: true });
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toContain('The routes lead to "pager", and nobody has that name.');
    expect(await (await admin("/v1/silences")).json()).toMatchObject({ silences: [{ name: "s" }] });
    expect(await actions({ "rules.yml": RULES }, { prune: true })).toEqual([
      "create rules shop", "delete silence s", "delete routes routes", "delete receiver pager", "delete receiver everybody", "delete template shop.tmpl",
    ]); // prettier-ignore
    expect(await (await admin("/v1/receivers")).json()).toEqual({ receivers: [] });
  });

  it("what fires is routed anew when a receiver comes", async () => {
    const { admin, actions } = await applier("apply-reroutes");
    await admin("/api/v2/alerts", json("POST", [{ labels: { alertname: "DiskFull" } }]));
    await actions({ "r.yml": "receivers: [{ name: late, integrations: [{ type: webhook, url: 'https://hooks.example.org/' }] }]" });
    const [group] = await (await admin("/api/v2/alerts/groups?receiver=late")).json<readonly { readonly alerts: readonly unknown[] }[]>();
    expect(group?.alerts).toHaveLength(1);
  });

  it.each<readonly [Readonly<Record<string, string>>, RegExp]>([
    [
      { "x.yml": "receivers: [{ name: r, pagerduty_configs: [{ severity: x }] }]" },
      /^x\.yml: receiver r: pagerduty_configs needs routing_key/,
    ],
    [{ "x.yml": "receivers: [{ name: r, webhook_configs: [{ url: 'http://127.0.0.1/' }] }]" }, /^x\.yml: receiver r: .*--allow-outbound/],
    [{ "x.yml": "route: { receiver: nobody }" }, /^x\.yml: routes routes: The routes lead to "nobody", and nobody has that name/],
    [{ "x.yml": "route: { receiver: editor, matcher: [a] }" }, /^x\.yml: route: .*matcher/],
    [
      { "x.yml": "receivers: [{ name: r, pagerduty_configs: [{ routing_key: <secret> }] }]" },
      /needs routingKey; secrets are kept only while/,
    ],
    [{ "x.tmpl": "{{ define" }, /^x\.tmpl: template x\.tmpl: x\.tmpl is no template/],
    [{ "x.yml": "silences: [{ name: s, matchers: ['=='], endsAt: '2099-01-01T00:00:00Z' }]" }, /^x\.yml: silence s: .*is not a matcher/],
    [{ "x.yml": "silences: [{ name: s, matchers: [a=~.*], endsAt: '2099-01-01T00:00:00Z' }]" }, /silence everything/],
    [{ "x.yml": "a: [" }, /^x\.yml: This is not YAML: .* at line 1, column /],
    [{ "x.yml": "groups: &a [*a]" }, /^x\.yml: the anchor "a" contains itself at line 1, column 13/],
    [{ "x.yml": "gorups: []" }, /^x\.yml has the key "gorups", which nothing here knows; there are groups \(rules\)/],
    [{ "x.yml": "users: [{ name: Ada }]" }, /^x\.yml: users\[0\] needs `id`\./],
    [{ "x.yml": "users: [{ id: ada, nmae: Ada }]" }, /^x\.yml: user ada: .*nmae/],
    [{ "x.yml": RULES, "y.yml": RULES }, /^rules shop stands in x\.yml and in y\.yml; keep one of them\./],
    [{ "x.yml": RULES.replace("for: 1m", "for: soon") }, /^x\.yml: line 7, column 14: /],
    [{ "x.yml": SLO.replace("ratioMetric", "thresholdMetric") }, /^x\.yml: SLO checkout: it needs an inline indicator/],
  ])("says which file is wrong and where: %#", async (files, words) => {
    const { apply } = await applier("apply-faults");
    const refused = await apply(files);
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toMatch(words);
  });
});
