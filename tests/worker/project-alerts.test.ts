import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import type { Receiver } from "@sightline/shared/alerting/receiver";
import type { Alert } from "@sightline/shared/model/alert";
import { afterEach, describe, expect, it, vi } from "vitest";
import { projectStub } from "../../worker/src/objects/stubs.ts";
import { transition } from "../support/alert-transition.ts";
import { adminOf, env, json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const firingSince = (project: string): Promise<void> =>
  projectStub(env, project).receive(`${project}/shard-0`, [
    transition("inactive", "pending", 1_000),
    transition("pending", "firing", 5_000),
  ]);

async function alertsOf(project: string): Promise<readonly Alert[]> {
  const call = sendAs(await tokenOf(project, "viewer"));
  return (await (await call("/v1/alerts")).json<{ alerts: readonly Alert[] }>()).alerts;
}

/** Calls that webhooks made; `answer` decides what the other side says. */
function webhooks(answer: () => Response): {
  readonly bodies: unknown[];
  readonly requests: { url: string; headers: Headers; body: string }[];
} {
  const bodies: unknown[] = [];
  const requests: { url: string; headers: Headers; body: string }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const body = typeof init?.body === "string" ? init.body : "";
    requests.push({ url: typeof input === "string" ? input : "", headers: new Headers(init?.headers), body });
    bodies.push(JSON.parse(body));
    return answer();
  });
  return { bodies, requests };
}

/** Lets the clock pass over what a group waits for, and runs the alarm that waits for it. */
async function later(project: string, ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await runDurableObjectAlarm(env.PROJECT.getByName(project));
}
const GROUP_WAIT_MS = 5_000;
const GROUP_INTERVAL_MS = 300_000;

const outboxOf = (project: string): Promise<unknown[]> =>
  runInDurableObject(env.PROJECT.getByName(project), (_, state) => state.storage.sql.exec("SELECT error FROM outbox").toArray());

const hook: Receiver = {
  name: "ops",
  integrations: [{ type: "webhook", url: "https://hooks.example.org/x", secret: "s3cret", sendResolved: true }],
};

describe("the life of an alert", () => {
  it("goes from firing to acknowledged to resolved, and remembers who", async () => {
    await firingSince("alerts-life");
    const call = sendAs(await tokenOf("alerts-life", "editor"));
    const [firing] = await alertsOf("alerts-life");
    expect(firing).toMatchObject({
      name: "CpuBusy",
      state: "firing",
      activeAt: 1_000,
      firedAt: 5_000,
      acknowledgedBy: null,
      silencedUntil: null,
    });
    const acked = await call(`/v1/alerts/${firing?.id}/ack`, json("POST", { note: "on it" }));
    expect(await acked.json<Alert>()).toMatchObject({ state: "acknowledged", acknowledgedBy: "editor token" });
    await projectStub(env, "alerts-life").receive("s", [transition("firing", "resolved", 9_000)]);
    const [resolved] = await alertsOf("alerts-life");
    expect(resolved).toMatchObject({ id: firing?.id, state: "resolved", resolvedAt: 9_000, acknowledgedBy: "editor token" });
  });

  it("the next episode of the same rule and labels is an alert of its own, not acknowledged", async () => {
    const project = projectStub(env, "alerts-episodes");
    await firingSince("alerts-episodes");
    const [first] = await project.alerts({ limit: 10 });
    await project.acknowledge(adminOf("alerts-episodes"), first?.id ?? "", null);
    await project.receive("s", [transition("firing", "resolved", 9_000), transition("pending", "firing", 20_000, { activeAt: 15_000 })]);
    const alerts = await project.alerts({ limit: 10 });
    expect(alerts.map(({ state, acknowledgedBy }) => [state, acknowledgedBy])).toEqual([
      ["firing", null],
      ["resolved", "test"],
    ]);
  });

  it("an acknowledgement needs no body and is kept when it is given twice", async () => {
    await firingSince("alerts-ack-twice");
    const call = sendAs(await tokenOf("alerts-ack-twice", "editor"));
    const [alert] = await alertsOf("alerts-ack-twice");
    const first = await (await call(`/v1/alerts/${alert?.id}/ack`, { method: "POST" })).json<Alert>();
    const second = await (await call(`/v1/alerts/${alert?.id}/ack`, { method: "POST" })).json<Alert>();
    expect(second).toEqual(first);
  });

  it("what cannot be acknowledged is refused in words", async () => {
    const call = sendAs(await tokenOf("alerts-refused", "editor"));
    expect(await problemOf(await call("/v1/alerts/none/ack", { method: "POST" }))).toMatchObject({ status: 404, code: "not_found" });
    await projectStub(env, "alerts-refused").receive("s", [transition("inactive", "pending", 1_000)]);
    const [pending] = await alertsOf("alerts-refused");
    expect(await problemOf(await call(`/v1/alerts/${pending?.id}/ack`, { method: "POST" }))).toMatchObject({
      status: 409,
      code: "conflict",
    });
  });

  it("a pending alert whose condition ended is gone", async () => {
    await projectStub(env, "alerts-pending").receive("s", [
      transition("inactive", "pending", 1_000),
      transition("pending", "inactive", 2_000),
    ]);
    expect(await alertsOf("alerts-pending")).toEqual([]);
  });

  it("steps that come twice or in another order end the same", async () => {
    const steps = [
      transition("inactive", "pending", 1_000),
      transition("pending", "firing", 5_000),
      transition("firing", "resolved", 9_000),
    ];
    await projectStub(env, "alerts-order-a").receive("s", steps);
    for (const step of [...steps, ...steps].toReversed()) await projectStub(env, "alerts-order-b").receive("s", [step]);
    expect(await alertsOf("alerts-order-b")).toEqual(await alertsOf("alerts-order-a"));
  });

  it("survives the object's eviction", async () => {
    await firingSince("alerts-evicted");
    await evictDurableObject(env.PROJECT.getByName("alerts-evicted"));
    expect((await alertsOf("alerts-evicted"))[0]?.state).toBe("firing");
  });
});

describe("notification", () => {
  it("a webhook hears of firing and resolved, signed, in Alertmanager's form, each once", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { bodies, requests } = webhooks(() => new Response(null, { status: 200 }));
    const project = projectStub(env, "notify-webhook");
    await project.putReceiver(adminOf("notify-webhook"), hook);
    await firingSince("notify-webhook");
    await firingSince("notify-webhook");
    await later("notify-webhook", GROUP_WAIT_MS);
    await vi.waitFor(() => expect(bodies).toHaveLength(1));
    await project.receive("s", [transition("firing", "resolved", 9_000)]);
    await later("notify-webhook", GROUP_INTERVAL_MS);
    await vi.waitFor(() => expect(bodies).toHaveLength(2));
    expect(bodies).toMatchObject([
      {
        version: "4",
        status: "firing",
        receiver: "ops",
        alerts: [{ labels: { alertname: "CpuBusy", host_name: "h1" }, startsAt: "1970-01-01T00:00:05.000Z" }],
      },
      { version: "4", status: "resolved", alerts: [{ endsAt: "1970-01-01T00:00:09.000Z" }] },
    ]);
    const [request] = requests;
    const timestamp = request?.headers.get("x-sightline-timestamp");
    const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("s3cret"), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${timestamp}.${request?.body}`)));
    expect(request?.headers.get("x-sightline-signature")).toBe(
      `sha256=${Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("")}`,
    );
  });

  it("a receiver that is down gets the news, in order, when it is back", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let up = false;
    const { bodies } = webhooks(() => new Response(null, { status: up ? 200 : 500 }));
    const project = projectStub(env, "notify-down");
    await project.putReceiver(adminOf("notify-down"), hook);
    await firingSince("notify-down");
    await later("notify-down", GROUP_WAIT_MS);
    await vi.waitFor(() => expect(bodies).toHaveLength(1));
    await project.receive("s", [transition("firing", "resolved", 9_000)]);
    up = true;
    await later("notify-down", GROUP_INTERVAL_MS);
    await vi.waitFor(() => expect(bodies).toHaveLength(3));
    expect(bodies).toMatchObject([{ status: "firing" }, { status: "firing" }, { status: "resolved" }]);
  });

  it("an evicted object still delivers what was in its outbox", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let up = false;
    const { bodies } = webhooks(() => new Response(null, { status: up ? 200 : 503 }));
    const stub = env.PROJECT.getByName("notify-evicted");
    const project = projectStub(env, "notify-evicted");
    await project.putReceiver(adminOf("notify-evicted"), hook);
    await firingSince("notify-evicted");
    await later("notify-evicted", GROUP_WAIT_MS);
    await vi.waitFor(() => expect(bodies).toHaveLength(1));
    await evictDurableObject(stub);
    up = true;
    vi.setSystemTime(Date.now() + 10_000);
    await runDurableObjectAlarm(stub);
    await vi.waitFor(() => expect(bodies).toHaveLength(2));
  });

  it("a silenced alert is not told until the silence ends; then it is, if it still fires", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { bodies } = webhooks(() => new Response(null, { status: 200 }));
    const project = projectStub(env, "notify-silence");
    const by = adminOf("notify-silence");
    await project.putReceiver(by, hook);
    const endsAt = Date.now() + 3_600_000;
    const matchers = [{ name: "alertname", value: "Cpu.*", isRegex: true, isEqual: true }];
    expect((await project.silence(by, { matchers, endsAt, comment: "deploy" })).ok).toBe(true);
    await firingSince("notify-silence");
    expect((await project.alerts({ limit: 1 }))[0]).toMatchObject({ state: "firing", silencedUntil: endsAt });
    // The editor is told all the while: its lists stay true, and it raises no toast for what is held.
    await later("notify-silence", GROUP_WAIT_MS);
    await vi.waitFor(async () => expect(await outboxOf("notify-silence")).toEqual([]));
    expect(bodies).toEqual([]);
    vi.setSystemTime(endsAt + 1);
    await runDurableObjectAlarm(env.PROJECT.getByName("notify-silence"));
    await vi.waitFor(() => expect(bodies).toMatchObject([{ status: "firing" }]));
  });

  it("a silence that would silence everything, or whose expression is broken, is refused", async () => {
    const call = sendAs(await tokenOf("notify-refused", "editor"));
    const silence = (matcher: Record<string, unknown>): RequestInit => json("POST", { matchers: [matcher], endsAt: Date.now() + 60_000 });
    expect((await problemOf(await call("/v1/silences", silence({ name: "x", value: ".*", isRegex: true })))).detail).toContain(
      "everything",
    );
    expect((await problemOf(await call("/v1/silences", silence({ name: "x", value: "(", isRegex: true })))).detail).toContain(
      "does not compile",
    );
  });

  it("a webhook into a private network is refused when it is stored", async () => {
    const call = sendAs(await tokenOf("notify-private", "admin"));
    for (const url of ["http://127.0.0.1/x", "http://[::1]/x", "http://10.1.2.3/", "http://metadata.internal/", "http://0x7f.1/"]) {
      expect(await problemOf(await call("/v1/receivers/ops", json("PUT", { url })))).toMatchObject({
        status: 400,
        detail: expect.stringContaining("private"),
      });
    }
    expect((await problemOf(await call("/v1/receivers/ops", json("PUT", { url: "ftp://example.org/" })))).status).toBe(400);
  });

  it("a redirecting webhook is a dead letter, not a detour", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { requests } = webhooks(() => new Response(null, { status: 302, headers: { location: "http://169.254.169.254/" } }));
    const project = projectStub(env, "notify-redirect");
    await project.putReceiver(adminOf("notify-redirect"), hook);
    await firingSince("notify-redirect");
    await later("notify-redirect", GROUP_WAIT_MS);
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    await vi.waitFor(async () => {
      expect(await outboxOf("notify-redirect")).toEqual([{ error: expect.stringContaining("redirects are not followed") }]);
    });
  });
});
