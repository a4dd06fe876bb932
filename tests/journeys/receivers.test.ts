import type { DeadLetter, Delivery, TestedIntegration } from "@sightline/shared/api/receiver-responses";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMail, startMailServer } from "../support/mail-server.ts";
import { ingest } from "../support/prometheus.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { VENDORS, type VendorServer, answering } from "../support/vendor-server.ts";

const put = (stack: Stack, path: string, body: unknown): Promise<Response> =>
  stack.request(path, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const testOf = async (stack: Stack, name: string): Promise<TestedIntegration | undefined> =>
  (await stack.json<{ integrations: readonly TestedIntegration[] }>(`/v1/receivers/${name}/test`, { method: "POST" })).integrations[0];

/** Receivers on the real stack: workerd's own sockets and its own rules about where they may lead. */
describe("receivers on loopback, where the server was started with --allow-outbound", () => {
  let stack: Stack;
  let vendor: VendorServer;
  beforeAll(async () => {
    stack = await startStack({
      args: ["--no-agent", "--allow-outbound", "127.0.0.0/8", "--external-url", "https://sightline.example.org"],
    });
    vendor = await VENDORS.webhook();
  }, 90_000);
  afterAll(async () => {
    await vendor.close();
    await stack.stop();
    discard(stack);
  });

  it("an alert goes from a sample to a webhook and is over there as here; the log and the state tell of it", async () => {
    expect((await put(stack, "/v1/receivers/ops", { url: vendor.url, secret: "s3cret" })).status).toBe(200);
    const matchers = ['alertname="Journey"'];
    const route = {
      receiver: "editor",
      routes: [{ receiver: "ops", matchers, group_by: ["alertname"], group_wait: "0s", group_interval: "1s" }],
    };
    expect((await put(stack, "/v1/routes", { route })).status).toBe(200);
    const rules = [
      { alert: "Journey", expr: "journey_gauge > 10", labels: { severity: "warning" }, annotations: { summary: "on its way" } },
    ];
    expect((await put(stack, "/v1/rules", { groups: [{ name: "journey", rules }] })).status).toBe(200);
    await ingest(stack, [{ name: "journey_gauge", type: "gauge", value: 50 }]);
    await until("the webhook hears of it", 15_000, () => vendor.requests.length === 1);
    await ingest(stack, [{ name: "journey_gauge", type: "gauge", value: 5 }]);
    await until("the webhook hears of its end", 15_000, () => vendor.requests.length === 2);
    expect(vendor.requests.flatMap(({ faults }) => faults)).toEqual([]);
    expect(vendor.requests.map(({ body }) => body)).toMatchObject([
      { status: "firing", receiver: "ops", commonAnnotations: { summary: "on its way" }, externalURL: "https://sightline.example.org" },
      { status: "resolved" },
    ]);
    const { deliveries } = await stack.json<{ deliveries: readonly Delivery[] }>("/v1/receivers/ops/deliveries");
    expect(deliveries.map(({ outcome, status }) => [outcome, status])).toEqual([
      ["delivered", 200],
      ["delivered", 200],
    ]);
    const { receivers } = await stack.json<{ receivers: readonly unknown[] }>("/v1/status");
    expect(receivers).toMatchObject([{ receiver: "ops", circuit: "closed", waiting: 0, deadLetters: 0 }]);
    expect(await (await stack.request("/v1/receivers")).text()).not.toContain("s3cret");
  }, 40_000);

  it("the test button tells what each integration made of it", async () => {
    vendor.answerWith(answering(403, "invalid_token"));
    expect(await testOf(stack, "ops")).toMatchObject({
      delivered: false,
      status: 403,
      outcome: "The webhook integration refused the test and would refuse alerts alike: answered 403: invalid_token.",
    });
    vendor.answerWith(answering(200, ""));
    expect(await testOf(stack, "ops")).toMatchObject({ delivered: true, outcome: "The webhook integration took the test (200)." });
  });

  it("what is refused is a dead letter that can be sent again", async () => {
    vendor.answerWith(answering(404, "no such hook"));
    const before = vendor.requests.length;
    await ingest(stack, [{ name: "journey_gauge", type: "gauge", labels: { part: "b" }, value: 60 }]);
    const letters = async () => (await stack.json<{ deadLetters: readonly DeadLetter[] }>("/v1/dead-letters")).deadLetters;
    await until("there is a dead letter", 15_000, async () => (await letters()).length === 1, 100);
    const [letter] = await letters();
    expect(letter).toMatchObject({ receiver: "ops", error: "answered 404: no such hook", alerts: ["Journey"] });
    vendor.answerWith(answering(200, ""));
    expect((await stack.request(`/v1/dead-letters/${letter?.id}/retry`, { method: "POST" })).status).toBe(204);
    await until("it arrives", 15_000, async () => vendor.requests.length >= before + 2 && (await letters()).length === 0, 100);
  }, 40_000);

  it("a mail goes through workerd's sockets to a mail server that wants a password", async () => {
    const server = await startMailServer({ authOptional: false, disabledCommands: ["STARTTLS"], allowInsecureAuth: true });
    try {
      const mail = {
        type: "email",
        to: ["ada@example.org"],
        from: "a@example.org",
        smarthost: `127.0.0.1:${server.port}`,
        requireTls: false,
      };
      expect((await put(stack, "/v1/receivers/mail", { integrations: [{ ...mail, username: "ada", password: "pässword" }] })).status).toBe(
        200,
      );
      expect(await testOf(stack, "mail")).toMatchObject({ delivered: true, status: 250 });
      expect(server.mails).toMatchObject([{ to: ["ada@example.org"], user: "ada" }]);
      expect(readMail(server.mails[0]?.text ?? "").headers["subject"]).toBe("[INFO] SightlineTest (mail)");
    } finally {
      await server.close();
    }
  });
});

describe("receivers on loopback, where the server was started without it", () => {
  it("are refused in words, whatever their kind", async () => {
    const stack = await startStack({ args: ["--no-agent"] });
    try {
      for (const integration of [
        { type: "webhook", url: "http://127.0.0.1:9/" },
        { type: "slack", url: "http://localhost:9/" },
        { type: "opsgenie", apiKey: "k", url: "http://[::1]:9/" },
        { type: "email", to: ["a@example.org"], from: "a@example.org", smarthost: "127.0.0.1:25" },
      ]) {
        const refused = await put(stack, "/v1/receivers/ops", { integrations: [integration] });
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("--allow-outbound") });
      }
    } finally {
      await stack.stop();
      discard(stack);
    }
  }, 60_000);
});
