import { type Integration, SECRET_SHOWN, withoutSecrets } from "@sightline/shared/alerting/receiver";
import { describe, expect, it } from "vitest";
import { channelHealth } from "../../worker/src/alerting/channels.ts";
import { alertmanagerConfig } from "../../worker/src/project/alertmanager/config.ts";
import { putTemplate } from "../../worker/src/project/notification-templates.ts";
import { deleteReceiver, findReceiver, listReceivers, putReceiver } from "../../worker/src/project/receivers.ts";
import { putUser } from "../../worker/src/project/users.ts";
import { ADMIN, projectInMemory } from "../control/project-in-memory.ts";

const CLOSED = { allowed: [] };
const common = { sendResolved: true };
const KEY = "0123456789abcdef0123456789abcdef";

const ALL: readonly Integration[] = [
  { type: "webhook", url: "https://hooks.example.org/x", secret: "s1", authorization: "Bearer s2", ...common },
  { type: "slack", url: "https://hooks.slack.com/services/T/B/s3", ...common },
  { type: "slack", botToken: "xoxb-s4", channel: "#alerts", ...common },
  { type: "discord", url: "https://discord.com/api/webhooks/1/s5", ...common },
  { type: "teams", url: "https://prod.westeurope.logic.azure.com/workflows/s6", ...common },
  { type: "pagerduty", routingKey: KEY, ...common },
  { type: "opsgenie", apiKey: "s7", ...common },
  {
    type: "email",
    to: ["a@example.org"],
    from: "b@example.org",
    smarthost: "mail.example.org:587",
    username: "u",
    password: "s8",
    ...common,
  },
  { type: "email", to: ["a@example.org"], from: "b@example.org", apiKey: "s9", ...common },
];

describe("a receiver's secrets", () => {
  it("are never shown", () => {
    const shown = JSON.stringify(ALL.map(withoutSecrets));
    expect(shown).not.toMatch(/s[1-9]"|s[1-9],|xoxb|0123456789abcdef/);
    expect(shown).toContain(`https://hooks.slack.com/${SECRET_SHOWN}`);
    expect(shown).toContain("https://hooks.example.org/x");
  });

  it("are not in the alertmanager.yml that amtool shows: an address that takes messages is one of them", () => {
    const { ports } = projectInMemory();
    const url = "https://hooks.example.org/x?token=s0";
    const hook: Integration = { type: "webhook", url, ...common };
    expect(putReceiver(ports, ADMIN, { name: "hook", integrations: [hook] }, CLOSED).ok).toBe(true);
    expect(putReceiver(ports, ADMIN, { name: "ops", integrations: ALL }, CLOSED).ok).toBe(true);
    const { original } = alertmanagerConfig(ports);
    expect(original).not.toMatch(/\bs\d\b|xoxb|0123456789abcdef|hooks\.example\.org\/x|token=|hooks\.slack|discord\.com|logic\.azure/);
    // What was shown, applied again, keeps the address.
    expect(
      putReceiver(ports, ADMIN, { name: "hook", integrations: [{ ...hook, url: `https://hooks.example.org/${SECRET_SHOWN}` }] }, CLOSED).ok,
    ).toBe(true);
    expect(findReceiver(ports, "hook")?.integrations).toEqual([hook]);
  });

  it("stay when they are left out, or put back as they were shown", () => {
    const { ports } = projectInMemory();
    expect(putReceiver(ports, ADMIN, { name: "ops", integrations: ALL }, CLOSED).ok).toBe(true);
    const before = findReceiver(ports, "ops");
    expect(putReceiver(ports, ADMIN, { name: "ops", integrations: ALL.map(withoutSecrets) }, CLOSED).ok).toBe(true);
    expect(findReceiver(ports, "ops")).toEqual(before);
    const left = ALL.map((integration) => {
      const shown: Record<string, unknown> = { ...withoutSecrets(integration) };
      for (const [field, value] of Object.entries(shown)) if (String(value).endsWith(SECRET_SHOWN)) delete shown[field];
      return shown as unknown as Integration;
    });
    expect(putReceiver(ports, ADMIN, { name: "ops", integrations: left }, CLOSED).ok).toBe(true);
    expect(findReceiver(ports, "ops")).toEqual(before);
  });

  it("are not sent to another address than the one they were given for", () => {
    const { ports } = projectInMemory();
    putReceiver(ports, ADMIN, { name: "ops", integrations: [{ type: "opsgenie", apiKey: "s7", ...common }] }, CLOSED);
    const moved: Integration = { type: "opsgenie", apiKey: SECRET_SHOWN, url: "https://evil.example.org", ...common };
    expect(putReceiver(ports, ADMIN, { name: "ops", integrations: [moved] }, CLOSED)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining("it needs apiKey") },
    });
  });

  it("of a webhook from before there were integrations are kept", () => {
    const { ports } = projectInMemory();
    const old = { name: "old", url: "https://hooks.example.org/x", secret: "s", sendResolved: false };
    ports.database.run("INSERT INTO receivers (name, body) VALUES ('old', ?)", JSON.stringify(old));
    expect(listReceivers(ports)).toEqual([
      { name: "old", integrations: [{ type: "webhook", url: "https://hooks.example.org/x", secret: "s", sendResolved: false }] },
    ]);
  });
});

describe("a receiver that cannot work is refused in words", () => {
  it.each<[string, Integration, string]>([
    ["slack without anything", { type: "slack", ...common }, "needs the url of an incoming webhook"],
    ["slack without a channel", { type: "slack", botToken: "x", ...common }, "needs the channel"],
    ["pagerduty with a short key", { type: "pagerduty", routingKey: "abc", ...common }, "32 letters and digits"],
    ["mail to nobody", { type: "email", to: ["nobody"], from: "a@b.c", apiKey: "k", ...common }, '"nobody" is no mail address'],
    ["mail both ways", { type: "email", to: ["a@b.c"], from: "a@b.c", apiKey: "k", smarthost: "m:25", ...common }, "either a smarthost"],
    ["mail no way", { type: "email", to: ["a@b.c"], from: "a@b.c", ...common }, "either a smarthost"],
    [
      "mail with half a login",
      { type: "email", to: ["a@b.c"], from: "a@b.c", smarthost: "m.example.org", username: "u", ...common },
      "come together",
    ],
    ["mail into a private network", { type: "email", to: ["a@b.c"], from: "a@b.c", smarthost: "10.0.0.1:25", ...common }, "private"],
    ["a webhook into a private network", { type: "webhook", url: "http://127.0.0.1:9/", ...common }, "private"],
    [
      "a webhook with a header of its own behind the other",
      { type: "webhook", url: "https://hooks.example.org/", authorization: "Bearer x\r\nX-Evil: 1", ...common },
      "its authorization goes into a header",
    ],
    ["opsgenie with a key in two lines", { type: "opsgenie", apiKey: "a\nb", ...common }, "its apiKey goes into a header"],
    ["discord over another scheme", { type: "discord", url: "ftp://discord.com/x", ...common }, "https or http"],
    [
      "a template that does not parse",
      { type: "discord", url: "https://discord.com/x", title: "{{ .Status", ...common },
      "its title is no template",
    ],
    [
      "a template that does not run",
      { type: "teams", url: "https://teams.example.org/x", text: "{{ .Nope }}", ...common },
      "can't evaluate field Nope",
    ],
    [
      "a template that calls nothing",
      { type: "slack", url: "https://hooks.slack.com/x", text: '{{ template "x" . }}', ...common },
      "not defined",
    ],
  ])("%s", (_, integration, words) => {
    const { ports } = projectInMemory();
    const put = putReceiver(ports, ADMIN, { name: "ops", integrations: [integration] }, CLOSED);
    expect(put).toMatchObject({ ok: false, error: { code: "bad_request", message: expect.stringContaining(words) } });
    expect(put.ok ? "" : put.error.message).toMatch(/Nothing was changed/);
    expect(findReceiver(ports, "ops")).toBeNull();
  });

  it("one too many", () => {
    const { ports } = projectInMemory();
    const put = (i: number) => putReceiver(ports, ADMIN, { name: `r${i}`, integrations: [] }, CLOSED);
    for (let i = 0; i < 200; i++) expect(put(i).ok).toBe(true);
    expect(put(200)).toMatchObject({ ok: false, error: { code: "too_many_receivers" } });
    expect(put(7).ok).toBe(true);
  });
});

describe("a person's contact", () => {
  const put = (kind: string, value: string, allowed: readonly string[] = []): ReturnType<typeof putUser> =>
    putUser(
      projectInMemory().ports,
      ADMIN,
      { id: "eve", name: "Eve", email: "", timeZone: "UTC", contacts: [{ kind, value }] },
      { allowed },
    );

  it("leads where a receiver may, and nowhere else", () => {
    expect(put("webhook", "https://eve.example.org/").ok).toBe(true);
    expect(put("webhook", "http://10.0.0.7/", ["10.0.0.0/8"]).ok).toBe(true);
    for (const kind of ["webhook", "discord", "teams", "slack"])
      expect(put(kind, "http://169.254.169.254/")).toMatchObject({
        ok: false,
        error: { code: "bad_request", message: expect.stringMatching(/private address.*--allow-outbound.*Nothing was changed/) },
      });
  });

  it("of a kind that some receiver must first make possible is taken", () => {
    expect(put("email", "eve@example.org").ok).toBe(true);
    expect(put("slack", "U02EVE").ok).toBe(true);
  });
});

describe("template files", () => {
  it("are what receivers' texts may call; what does not parse or defines nothing is refused", () => {
    const { ports } = projectInMemory();
    const text: Integration = { type: "discord", url: "https://discord.com/x", title: '{{ template "mine" . }}', ...common };
    const put = () => putReceiver(ports, ADMIN, { name: "ops", integrations: [text] }, CLOSED);
    expect(put().ok).toBe(false);
    expect(putTemplate(ports, ADMIN, { name: "a.tmpl", text: "{{ define" })).toMatchObject({ ok: false });
    expect(putTemplate(ports, ADMIN, { name: "a.tmpl", text: "hello" })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining("defines nothing") },
    });
    expect(putTemplate(ports, ADMIN, { name: "a.tmpl", text: '{{ define "mine" }}{{ .Status }}{{ end }}' }).ok).toBe(true);
    expect(put().ok).toBe(true);
  });
});

it("a receiver that is deleted takes along what waits for it and how it did", () => {
  const { ports } = projectInMemory();
  putReceiver(ports, ADMIN, { name: "ops", integrations: ALL }, CLOSED);
  deleteReceiver(ports, ADMIN, "ops");
  expect(channelHealth(ports.database, 0)).toEqual([]);
});
