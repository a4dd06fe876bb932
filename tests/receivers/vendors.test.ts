import { createHmac } from "node:crypto";
import { labelFingerprint } from "@sightline/shared/alerting/label-fingerprint";
import type { Integration } from "@sightline/shared/alerting/receiver";
import type { Alert } from "@sightline/shared/model/alert";
import { afterEach, describe, expect, it } from "vitest";
import type { GroupNotification } from "../../worker/src/alerting/group-notification.ts";
import { anAlert } from "../support/an-alert.ts";
import { VENDORS, type VendorServer, answering, breakingOff, hanging } from "../support/vendor-server.ts";
import { aNotification } from "./delivery-desk.ts";
import { sendTo } from "./send-to.ts";

const servers: VendorServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function vendor(name: keyof typeof VENDORS): Promise<VendorServer> {
  const server = await VENDORS[name]();
  servers.push(server);
  return server;
}

const ROUTING_KEY = "0123456789abcdef0123456789abcdef";
const common = { sendResolved: true };

/** Each kind at its vendor's, the same way as users set it up. */
const INTEGRATIONS: Readonly<Record<keyof typeof VENDORS, (url: string) => Integration>> = {
  webhook: (url) => ({ type: "webhook", url, ...common }),
  slack: (url) => ({ type: "slack", url, ...common }),
  slackApi: (url) => ({ type: "slack", url: `${url}/api/chat.postMessage`, botToken: "xoxb-1", channel: "#alerts", ...common }),
  discord: (url) => ({ type: "discord", url, ...common }),
  teams: (url) => ({ type: "teams", url, ...common }),
  pagerduty: (url) => ({ type: "pagerduty", url, routingKey: ROUTING_KEY, ...common }),
  opsgenie: (url) => ({ type: "opsgenie", url, apiKey: "genie", ...common }),
  resend: (url) => ({ type: "email", url, apiKey: "re_1", from: "Sightline <a@example.org>", to: ["b@example.org"], ...common }),
};
const NAMES = Object.keys(INTEGRATIONS) as (keyof typeof VENDORS)[];

const firing = anAlert({
  id: "cpu-1",
  annotations: { summary: 'CPU <busy> & "hot" on web-1', description: "Über 80 % 🔥", runbook_url: "https://runbooks.example.org/cpu" },
  recommendations: [{ type: "scale", priority: "high", text: "Add a replica" }],
});
const acknowledged = anAlert({ id: "cpu-1", state: "acknowledged", acknowledgedBy: "Ada", acknowledgedAt: 3_000 });
const resolved = anAlert({ id: "cpu-1", state: "resolved", resolvedAt: 60_000 });

const told = (alerts: readonly Alert[], given: Partial<GroupNotification> = {}): GroupNotification =>
  aNotification("g-1/0", { alerts, status: alerts.every(({ state }) => state === "resolved") ? "resolved" : "firing", ...given });

const large = (count: number, length: number): GroupNotification =>
  told(
    Array.from({ length: count }, (_, i) =>
      anAlert({
        id: `a${i}`,
        name: "VeryLongNameOfAnAlert".repeat(8),
        labels: { host_name: `web-${i}`, path: "/".repeat(200) },
        annotations: { summary: "s".repeat(length), description: "ü🔥 lorem ipsum\n".repeat(Math.ceil(length / 16)) },
      }),
    ),
    { truncatedAlerts: 7 },
  );

describe.each(NAMES)("%s", (name) => {
  it.each([
    ["one that fires", told([firing])],
    ["one that somebody acknowledged", told([acknowledged])],
    ["one that is over", told([resolved])],
    [
      "some that fire and some that are over",
      told([firing, anAlert({ id: "x", state: "resolved", resolvedAt: 9_000 })], { remark: "3 messages in one." }),
    ],
    ["a hundred, each with a long text", large(100, 2000)],
    ["one whose text alone is beyond every limit", large(1, 60_000)],
    [
      "many groups at once",
      told([firing, resolved], {
        groupKey: "{}:digest",
        groupLabels: {},
        digest: "300 alerts (299 warning, 1 error), 2 resolved",
        remark: "Too much fires for a message each.",
        truncatedAlerts: 300,
      }),
    ],
    ["one of which nothing is known", told([anAlert({ labels: {}, value: Number.NaN, threshold: null, condition: "", firedAt: null })])],
  ])("takes the news of %s by its published schema", async (_, notification) => {
    const server = await vendor(name);
    expect(await sendTo(INTEGRATIONS[name](server.url), notification)).toMatchObject({ outcome: "delivered" });
    const [request] = server.requests;
    expect(request?.faults).toEqual([]);
    expect(request?.headers["idempotency-key"]).toBe("g-1/0");
    expect(request?.text).not.toContain("error expanding template");
    expect(request?.text).not.toContain("no value");
  });

  it("says 500 or 429: it will be tried again, when the vendor asks for it", async () => {
    const server = await vendor(name);
    server.answerWith(answering(500, "oops"));
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]))).toEqual({
      outcome: "failed",
      status: 500,
      reason: "answered 500: oops",
    });
    server.answerWith(answering(429, "{}", { "retry-after": "7" }));
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]))).toMatchObject({
      outcome: "failed",
      busy: true,
      retryAfterMs: 7_000,
    });
  });

  it("says 400 or redirects: it will not be tried again, and nothing follows the redirect", async () => {
    const server = await vendor(name);
    server.answerWith(answering(400, "invalid_payload"));
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]))).toEqual({
      outcome: "refused",
      status: 400,
      reason: "answered 400: invalid_payload",
    });
    server.answerWith(answering(302, "", { location: "/elsewhere" }));
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]))).toMatchObject({ outcome: "refused", status: 302 });
    expect(server.requests).toHaveLength(2);
  });

  it("breaks off in its answer, or hangs: that is a failure", async () => {
    const server = await vendor(name);
    server.answerWith(breakingOff);
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]))).toMatchObject({ outcome: "failed" });
    server.answerWith(hanging);
    const wait = (ms: number): Promise<void> => (ms === 10_000 ? Promise.resolve() : Promise.reject(new Error(`waited for ${ms} ms`)));
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]), { wait })).toEqual({
      outcome: "failed",
      reason: "no answer within 10 s",
    });
  });

  it("is not called in a private network that is not opened", async () => {
    const server = await vendor(name);
    expect(await sendTo(INTEGRATIONS[name](server.url), told([firing]), { policy: { allowed: [] } })).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("--allow-outbound"),
    });
    expect(server.requests).toEqual([]);
  });
});

/** The body of the one message that this vendor took. */
async function bodyAt(name: keyof typeof VENDORS, notification: GroupNotification, given: Partial<Integration> = {}): Promise<never> {
  const server = await vendor(name);
  await sendTo({ ...INTEGRATIONS[name](server.url), ...given } as Integration, notification);
  expect(server.requests[0]?.faults).toEqual([]);
  return server.requests[0]?.body as never;
}

describe("what each vendor is told", () => {
  it("a webhook: the group with what its alerts have in common, signed", async () => {
    const server = await vendor("webhook");
    const other = anAlert({ id: "cpu-2", labels: { host_name: "web-2" } });
    await sendTo(
      { type: "webhook", url: server.url, secret: "s3cret", authorization: "Bearer t", maxAlerts: 1, ...common },
      told([firing, other], { truncatedAlerts: 3 }),
    );
    const [request] = server.requests;
    expect(request?.body).toMatchObject({
      groupKey: "g",
      groupLabels: { alertname: "HighCpu" },
      commonLabels: { alertname: "HighCpu" },
      truncatedAlerts: 4,
      externalURL: "https://sightline.example.org",
      alerts: [{ fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/), endsAt: "0001-01-01T00:00:00Z" }],
    });
    const timestamp = request?.headers["x-sightline-timestamp"];
    const signature = createHmac("sha256", "s3cret")
      .update(`${String(timestamp)}.${request?.text ?? ""}`)
      .digest("hex");
    expect(request?.headers).toMatchObject({ authorization: "Bearer t", "x-sightline-signature": `sha256=${signature}` });
  });

  it("webhook: an alert is called the same each time it fires, as by /api/v2/alerts", async () => {
    const labels = { alertname: "DiskFull", severity: "critical", instance: "a:9100" };
    const again = { name: "DiskFull", severity: "critical", labels: { severity: "critical", instance: "a:9100", empty: "" } } as const;
    const [first, second] = await Promise.all(["disk-1", "disk-2"].map(async (id) => bodyAt("webhook", told([anAlert({ ...again, id })]))));
    // As Alertmanager 0.25 computes it of the same labels.
    expect(first).toMatchObject({ alerts: [{ fingerprint: "22b692ed704ee014" }] });
    expect(second).toMatchObject({ alerts: [{ fingerprint: labelFingerprint(labels) }] });
  });

  it("webhook: who is told in person acknowledges where the alert says; nobody in particular gets no such link", async () => {
    const body = await bodyAt("webhook", told([firing, anAlert({ id: "cpu-2" })], { acknowledge: { "cpu-1": "signed" } }));
    expect(body).toMatchObject({ alerts: [{ acknowledgeURL: "https://sightline.example.org/a/signed" }, {}] });
    expect(JSON.stringify(body).match(/acknowledgeURL/g)).toHaveLength(1);
  });

  it("a name that does not resolve, or into a private network, is said in words that tell what to do", async () => {
    const fetch = (): Promise<Response> => Promise.reject(new Error("internal error; reference = 8ssgd76akb3u9"));
    expect(await sendTo({ type: "webhook", url: "https://bot.example.org/", ...common }, told([firing]), { fetch })).toEqual({
      outcome: "failed",
      reason: expect.stringMatching(/^the receiver cannot be reached.*its name does not resolve.*--allow-outbound/),
    });
  });

  it("Slack: what came from an alert mentions nobody and makes no link", async () => {
    const body = await bodyAt("slack", told([anAlert({ annotations: { summary: "<!channel> <https://evil.example|click>" } })]));
    expect(JSON.stringify(body)).toContain("&lt;!channel&gt; &lt;https://evil.example|click&gt;");
    expect(JSON.stringify(body)).not.toContain("<!channel>");
  });

  it("Slack's API says no inside a 200: some of it passes, the rest is a refusal", async () => {
    const server = await vendor("slackApi");
    const integration = INTEGRATIONS.slackApi(server.url);
    server.answerWith(answering(200, '{"ok":false,"error":"channel_not_found"}'));
    expect(await sendTo(integration, told([firing]))).toEqual({ outcome: "refused", status: 200, reason: "Slack says channel_not_found" });
    server.answerWith(answering(200, '{"ok":false,"error":"internal_error"}'));
    expect(await sendTo(integration, told([firing]))).toMatchObject({ outcome: "failed" });
    expect(server.requests[0]?.headers["authorization"]).toBe("Bearer xoxb-1");
    expect(server.requests[0]?.body).toMatchObject({ channel: "#alerts" });
  });

  it("Discord: never more than 6000 characters in all; its 429 tells the wait in the body", async () => {
    const { embeds } = (await bodyAt("discord", large(100, 2000))) as { embeds: { title: string; description: string }[] };
    expect(embeds.reduce((sum, { title, description }) => sum + title.length + description.length, 0)).toBeLessThanOrEqual(6000);
    expect(embeds[0]?.description).toMatch(/… \(\d+ characters left out\)$/);
    const server = await vendor("discord");
    server.answerWith(answering(429, '{"message":"You are being rate limited.","retry_after":64.57,"global":false}'));
    expect(await sendTo(INTEGRATIONS.discord(server.url), told([firing]))).toMatchObject({
      outcome: "failed",
      busy: true,
      retryAfterMs: 64_570,
    });
  });

  it("Teams: never more than 28 KB, in bytes", async () => {
    const server = await vendor("teams");
    await sendTo(INTEGRATIONS.teams(server.url), large(100, 2000));
    expect(Buffer.byteLength(server.requests[0]?.text ?? "")).toBeLessThanOrEqual(28 * 1024);
    expect(server.requests[0]?.text).toMatch(/and \d+ more alerts/);
  });

  it("PagerDuty: trigger, acknowledge and resolve of one group bear one key", async () => {
    const events = await Promise.all(
      [firing, acknowledged, resolved].map(
        async (alert) => (await bodyAt("pagerduty", told([alert]))) as { event_action: string; dedup_key: string },
      ),
    );
    expect(events.map(({ event_action }) => event_action)).toEqual(["trigger", "acknowledge", "resolve"]);
    expect(new Set(events.map(({ dedup_key }) => dedup_key)).size).toBe(1);
    expect(events[0]).toMatchObject({
      payload: { severity: "error", source: "web-1", class: "HighCpu" },
      links: [{ text: "HighCpu" }, { href: "https://runbooks.example.org/cpu", text: "Runbook" }],
    });
    expect(await bodyAt("pagerduty", told([anAlert({ severity: "emergency" })]))).toMatchObject({ payload: { severity: "critical" } });
  });

  it("Opsgenie: created, acknowledged and closed by one alias", async () => {
    const server = await vendor("opsgenie");
    for (const alert of [firing, acknowledged, resolved]) await sendTo(INTEGRATIONS.opsgenie(server.url), told([alert]));
    const [created, ...actions] = server.requests;
    const { alias = "" } = (created?.body ?? {}) as { alias?: string };
    expect(created?.body).toMatchObject({ priority: "P2", details: { alertname: "HighCpu", host_name: "web-1" } });
    expect(actions.map(({ path }) => path)).toEqual([
      `/v2/alerts/${alias}/acknowledge?identifierType=alias`,
      `/v2/alerts/${alias}/close?identifierType=alias`,
    ]);
    expect(server.requests.every(({ headers }) => headers["authorization"] === "GenieKey genie")).toBe(true);
  });

  it("mail: HTML has nothing in it that came from an alert unescaped, nor a link that runs code", async () => {
    const alert = anAlert({ annotations: { summary: "<script>alert(1)</script>", runbook_url: "javascript:alert(1)" } });
    const { html, text, subject } = (await bodyAt("resend", told([alert]))) as { html: string; text: string; subject: string };
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toMatch(/<script|href="javascript/);
    expect(html).toContain('href="#ZgotmplZ"');
    expect(text).toContain("<script>alert(1)</script>");
    expect(subject).toBe("[ERROR] HighCpu (web-1)");
  });
});
