import { formatGoTime } from "@sightline/shared/template/go-time";
import { describe, expect, it } from "vitest";
import { type TextForm, definitionsOf, expander } from "../../../worker/src/alerting/templates/template-set.ts";
import type { GroupNotification } from "../../../worker/src/alerting/group-notification.ts";
import { anAlert } from "../../support/an-alert.ts";

const AT = Date.UTC(2026, 2, 9, 7, 5, 4, 678);

const group: GroupNotification = {
  key: "k",
  receiver: "ops",
  integration: 0,
  groupKey: '{}:{job="api"}',
  groupLabels: { job: "api" },
  status: "firing",
  alerts: [
    anAlert({
      id: "a",
      labels: { job: "api", severity: "error", instance: "one" },
      annotations: { summary: "one is slow", owner: "core" },
      firedAt: AT,
    }),
    anAlert({
      id: "b",
      labels: { job: "api", severity: "error", instance: "two" },
      annotations: { summary: "two is slow", owner: "core" },
      firedAt: AT,
    }),
    anAlert({
      id: "c",
      labels: { job: "api", severity: "error", instance: "three" },
      annotations: { owner: "core" },
      state: "resolved",
      firedAt: AT,
      resolvedAt: AT + 60_000,
    }),
  ],
  truncatedAlerts: 0,
  reason: "new",
  createdAt: AT,
};

const expand = (template: string, form: TextForm = "text", files: Readonly<Record<string, string>> = {}): string =>
  expander(definitionsOf(new Map(Object.entries(files))), group, "https://sightline.example.org", AT + 90_000)(template, { form });

describe("the data of notification templates", () => {
  it.each([
    ["{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}", "ops firing https://sightline.example.org"],
    ["{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }}", "3 2 1"],
    ["{{ range .Alerts.Firing }}{{ .Labels.instance }} {{ end }}", "one two"],
    ["{{ (index .Alerts 0).Annotations.summary }}", "one is slow"],
    ["{{ .GroupLabels.SortedPairs }}", "job=api"],
    ["{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}", "alertname=HighCpu;job=api;severity=error;"],
    ['{{ .CommonLabels.Names | join "," }}', "alertname,job,severity"],
    ['{{ .CommonLabels.Values | join "," }}', "HighCpu,api,error"],
    ['{{ (.CommonLabels.Remove (stringSlice "alertname" "job")).Values | join " " }}', "error"],
    ["{{ .CommonLabels.Remove .GroupLabels.Names }}", "alertname=HighCpu, severity=error"],
    ["{{ .CommonAnnotations.owner }}{{ .CommonAnnotations.summary }}", "core"],
    ["{{ .CommonLabels.missing }}", ""],
    ['{{ range .Alerts.Resolved }}{{ .EndsAt.Format "15:04:05" }} {{ .Fingerprint }}{{ end }}', "07:06:04 4bf3ffd81665ec23"],
    ["{{ (index .Alerts 0).EndsAt.IsZero }}", "true"],
    ["{{ with index .Alerts 0 }}{{ .Severity }} {{ .Condition }} {{ .Value }}{{ end }}", "error cpu_busy > 0.8 0.97"],
  ])("%s", (template, text) => expect(expand(template)).toBe(text));
});

describe("their functions", () => {
  it.each([
    ['{{ .Status | toUpper }} {{ toLower "ABC" }} {{ title "two words" }}', "FIRING abc Two Words"],
    ["{{ title \"HighCPU usage d.e it's o''neil x-y a_b 5min\" }}", "Highcpu Usage D.e It's O''Neil X-Y A_b 5Min"],
    ['{{ title "ßa ǆ Ǆ ΑΣ ΣΑ éCOLE İx a中b" }}', "Ssa ǅ ǅ Ας Σα École İx A中B"],
    ['{{ join "-" (stringSlice "a" "b") }}', "a-b"],
    ['{{ match "^fir" .Status }} {{ reReplaceAll "(f)i" "${1}o" .Status }}', "true foring"],
    ['{{ trimSpace "  x " }}', "x"],
    ['{{ (index .Alerts 0).StartsAt | date "2006-01-02 15:04 MST" }}', "2026-03-09 07:05 UTC"],
    ['{{ (index .Alerts 0).StartsAt | tz "Europe/Berlin" | date "Mon Jan _2 15:04:05 -0700 2006" }}', "Mon Mar  9 08:05:04 +0100 2026"],
    ["{{ since (index .Alerts 0).StartsAt | humanizeDuration }}", "1m 30s"],
    ["{{ humanizeDuration 3723 }}", "1h 2m 3s"],
    ["{{ .GroupLabels | toJson }}", '{"job":"api"}'],
    ['{{ urlUnescape "a%20b" }}', "a b"],
  ])("%s", (template, text) => expect(expand(template)).toBe(text));
});

describe("Go's times", () => {
  it.each([
    ["2006-01-02T15:04:05.000Z07:00", "UTC", "2026-03-09T07:05:04.678Z"],
    ["2006-01-02T15:04:05Z07:00", "Asia/Kolkata", "2026-03-09T12:35:04+05:30"],
    ["Monday, 02-Jan-06 3:04PM", "America/New_York", "Monday, 09-Mar-26 3:05AM"],
    ["January 2, 2006 at 03:04pm (MST)", "America/New_York", "March 9, 2026 at 03:05am (EDT)"],
    ["15:04:05.999999999", "UTC", "07:05:04.678"],
    ["002 .000000", "UTC", "068 .678000"],
  ])("%s in %s", (layout, zone, text) => expect(formatGoTime(AT, layout, zone)).toBe(text));

  it("a zone that nobody knows is named", () => {
    expect(expand('{{ (index .Alerts 0).StartsAt | tz "Mars/Base" | date "15:04" }}')).toContain("unknown time zone Mars/Base");
  });
});

describe("templates of one's own", () => {
  it("stand over the defaults by name, in text and in HTML", () => {
    const files = { mine: '{{ define "slack.default.title" }}{{ .Status }}!{{ end }}{{ define "mine" }}<b>{{ .Status }}</b>{{ end }}' };
    expect(expand('{{ template "slack.default.title" . }}', "text", files)).toBe("firing!");
    expect(expand('{{ template "mine" . }}', "html", files)).toBe("<b>firing</b>");
  });

  it("HTML escapes what is put in, and takes what is declared safe", () => {
    expect(expand('<a href="{{ "javascript:x" }}" title="{{ "\\"" }}">{{ "<i>" }}{{ safeHtml "<b>" }}</a>', "html")).toBe(
      '<a href="#ZgotmplZ" title="&#34;">&lt;i&gt;<b></a>',
    );
  });

  it("one that fails still tells what it is about, and why it fails", () => {
    expect(expand("{{ .Nope.x }}")).toBe(
      "[ERROR ×2] HighCpu (api) (error expanding template: line 1: can't evaluate field Nope in type struct)",
    );
    expect(expand("{{ template ")).toContain("[ERROR ×2] HighCpu (api) (error expanding template:");
  });
});

describe("what notifications say when nobody said otherwise", () => {
  it("reads well", () => {
    expect(expand('{{ template "__subject" . }}')).toBe("[ERROR ×2] HighCpu (api)");
    expect(expand('{{ template "__text" . }}')).toBe(
      `HighCpu (error): one is slow
  instance=one, job=api
  Since 2026-03-09 07:05:04 UTC · cpu_busy > 0.8, is 0.97
  https://sightline.example.org/#/alerts/a

HighCpu (error): two is slow
  instance=two, job=api
  Since 2026-03-09 07:05:04 UTC · cpu_busy > 0.8, is 0.97
  https://sightline.example.org/#/alerts/b

Resolved: HighCpu (error)
  instance=three, job=api
  Resolved 07:06:04 UTC · cpu_busy > 0.8
  https://sightline.example.org/#/alerts/c`,
    );
  });
});
