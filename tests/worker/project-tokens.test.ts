import { afterEach, describe, expect, it, vi } from "vitest";
import { refuseForged } from "../../worker/src/http/kept-password.ts";
import { projectStub } from "../../worker/src/objects/stubs.ts";
import { adminOf, env, json, problemOf, send, sendAs, tokenOf } from "./http-calls.ts";

afterEach(() => {
  vi.useRealTimers();
});

interface Made {
  readonly id: string;
  readonly token: string;
}

describe("tokens and roles", () => {
  it("a new token is shown once, works, and is listed without its secret", async () => {
    const admin = sendAs(await tokenOf("tokens-new", "admin"));
    const made = await admin("/v1/tokens", json("POST", { name: "laptop", role: "viewer", expiresIn: "90d" }));
    expect(made.status).toBe(201);
    const { id, token } = await made.json<Made>();
    expect(token).toMatch(/^sl_tokens-new_[\w-]{43}$/);
    expect((await sendAs(token)("/v1/alerts")).status).toBe(200);
    const listed = await (await admin("/v1/tokens")).text();
    expect(listed).toContain(id);
    expect(listed).not.toContain(token);
  });

  it("Basic with the token as password and Influx's Token scheme are the same token", async () => {
    const token = await tokenOf("tokens-schemes", "viewer");
    expect((await send("/v1/alerts", { headers: { authorization: `Basic ${btoa(`anybody:${token}`)}` } })).status).toBe(200);
    expect((await send("/v1/alerts", { headers: { authorization: `Token ${token}` } })).status).toBe(200);
  });

  it("a page of another site changes nothing with the password that a browser keeps", async () => {
    const token = await tokenOf("tokens-forged", "editor");
    let version = 0;
    const deploy = async (headers: Readonly<Record<string, string>>): Promise<number> => {
      const body = JSON.stringify({ service: "shop", version: `1.4.${version++}` });
      const type = { "content-type": "application/x-www-form-urlencoded" };
      return (await send("/v1/deploys", { method: "POST", headers: { ...type, ...headers }, body })).status;
    };
    const kept = { authorization: `Basic ${btoa(`anybody:${token}`)}` };
    for (const origin of ["https://elsewhere.test", "null"]) {
      expect(await deploy({ ...kept, origin })).toBe(403);
      expect(await deploy({ ...kept, origin, "sec-fetch-site": "cross-site" })).toBe(403);
      expect(await deploy({ authorization: `Bearer ${token}`, origin })).toBe(201);
    }
    expect(await deploy(kept)).toBe(201);
    expect(await deploy({ ...kept, origin: "https://sightline.test" })).toBe(201);
    expect(await deploy({ ...kept, origin: "https://proxy.test", "sec-fetch-site": "same-origin" })).toBe(201);
    expect((await send("/v1/alerts", { headers: { ...kept, origin: "https://elsewhere.test" } })).status).toBe(200);
  });

  it("which origins may change something with such a password is said by name, not with *", () => {
    const headers = { origin: "https://elsewhere.test", authorization: `Basic ${btoa("anybody:secret")}` };
    const write = new Request("https://sightline.test/v1/deploys", { method: "POST", headers });
    for (const allowed of ["", "*", "https://other.test, *"]) expect(() => refuseForged(write, allowed)).toThrow(/CORS_ORIGINS/);
    expect(() => refuseForged(write, "*, https://elsewhere.test")).not.toThrow();
  });

  it("each role may do what it is for and nothing above it", async () => {
    const project = "tokens-roles";
    const [ingest, viewer, editor, admin] = await Promise.all(
      (["ingest", "viewer", "editor", "admin"] as const).map(async (role) => sendAs(await tokenOf(project, role))),
    );
    const sample = json("POST", { metrics: [{ name: "x", type: "gauge", value: 1 }] });
    const silence = json("POST", { matchers: [{ name: "alertname", value: "X" }], endsAt: Date.now() + 60_000, comment: "" });
    const status = async (response: Promise<Response> | undefined): Promise<number | undefined> => (await response)?.status;
    expect(await status(ingest?.("/api/v1/ingest", sample))).toBe(200);
    expect(await status(ingest?.("/api/v1/query?query=x"))).toBe(403);
    expect(await status(ingest?.("/v1/alerts"))).toBe(403);
    expect(await status(viewer?.("/v1/alerts"))).toBe(200);
    expect(await status(viewer?.("/api/v1/ingest", sample))).toBe(403);
    expect(await status(viewer?.("/v1/silences", silence))).toBe(403);
    expect(await status(editor?.("/v1/silences", silence))).toBe(201);
    expect(await status(editor?.("/v1/tokens"))).toBe(403);
    expect(await status(admin?.("/v1/tokens"))).toBe(200);
    const refusal = await viewer?.("/v1/silences", silence);
    if (refusal === undefined) throw new Error("no answer");
    expect(await problemOf(refusal)).toMatchObject({ code: "forbidden", detail: expect.stringContaining("role editor") });
  });

  it("a revoked token stops working within five seconds", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const admin = sendAs(await tokenOf("tokens-revoked", "admin"));
    const { id, token } = await (await admin("/v1/tokens", json("POST", { name: "lost", role: "viewer" }))).json<Made>();
    expect((await sendAs(token)("/v1/alerts")).status).toBe(200);
    expect((await admin(`/v1/tokens/${id}`, { method: "DELETE" })).status).toBe(204);
    vi.setSystemTime(Date.now() + 5001);
    expect((await sendAs(token)("/v1/alerts")).status).toBe(401);
  });

  it("a token stops working when it expires", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const admin = sendAs(await tokenOf("tokens-expired", "admin"));
    const { token } = await (await admin("/v1/tokens", json("POST", { name: "brief", role: "viewer", expiresIn: "1m" }))).json<Made>();
    expect((await sendAs(token)("/v1/alerts")).status).toBe(200);
    vi.setSystemTime(Date.now() + 59_000);
    expect((await sendAs(token)("/v1/alerts")).status).toBe(200);
    vi.setSystemTime(Date.now() + 1_000);
    expect((await sendAs(token)("/v1/alerts")).status).toBe(401);
  });

  it("a field that means nothing is refused by name, and so is a scope, which tokens do not have", async () => {
    const admin = sendAs(await tokenOf("tokens-strict", "admin"));
    const refusal = async (method: string, path: string, body: unknown) => problemOf(await admin(path, json(method, body)));
    const token = { name: "laptop", role: "viewer" };
    expect(await refusal("POST", "/v1/tokens", { ...token, expiresin: "1d" })).toMatchObject({
      status: 400,
      detail: expect.stringContaining('"expiresin"'),
    });
    expect((await refusal("POST", "/v1/tokens", { ...token, scope: '{team="a"}' })).detail).toContain("scope is not supported yet");
    const endsAt = Date.now() + 60_000;
    const matchers = [{ name: "alertname", value: "X" }];
    expect((await refusal("POST", "/v1/silences", { matchers, endsAt, until: endsAt })).detail).toContain('"until"');
    expect((await refusal("PUT", "/v1/users/ada", { name: "Ada", mail: "ada@example.org" })).detail).toContain('"mail"');
    expect((await refusal("PUT", "/v1/receivers/ops", { url: "https://example.org/", send: true })).detail).toContain('"send"');
    const slo = { name: "a", kind: "availability", good: "a", total: "b", objective: 0.9, windowMs: 3_600_000 };
    expect((await refusal("PUT", "/v1/slos/a", { ...slo, window: "1h" })).detail).toContain('"window"');
    expect((await admin("/v1/tokens")).status).toBe(200);
  });

  it("a user's token acts in the user's name and goes when the user goes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const project = projectStub(env, "tokens-user");
    const admin = sendAs(await tokenOf("tokens-user", "admin"));
    expect((await admin("/v1/users/ada", json("PUT", { name: "Ada", email: "ada@example.org", timeZone: "Europe/Rome" }))).status).toBe(
      200,
    );
    expect((await admin("/v1/users/bob", json("PUT", { name: "Bob", timeZone: "Mars/Olympus" }))).status).toBe(400);
    const { token } = await (await admin("/v1/tokens", json("POST", { name: "ada's", role: "editor", user: "ada" }))).json<Made>();
    const silence = { matchers: [{ name: "alertname", value: "X" }], endsAt: Date.now() + 60_000, comment: "" };
    await sendAs(token)("/v1/silences", json("POST", silence));
    expect((await project.silences())[0]?.createdBy).toBe("Ada");
    expect((await admin("/v1/users/ada", { method: "DELETE" })).status).toBe(204);
    vi.setSystemTime(Date.now() + 5001);
    expect((await sendAs(token)("/v1/alerts")).status).toBe(401);
  });

  it("where a person is told is seen by all, with what key only by those who set it", async () => {
    const admin = sendAs(await tokenOf("tokens-contacts", "admin"));
    const contacts = [
      { kind: "webhook", value: "https://hooks.example.org/x?token=s1" },
      { kind: "pagerduty", value: "0123456789abcdef0123456789abcdef" },
      { kind: "slack", value: "U02ADA" },
    ];
    expect((await admin("/v1/users/ada", json("PUT", { name: "Ada", contacts }))).status).toBe(200);
    expect(await (await admin("/v1/users")).json()).toMatchObject({ users: [{ contacts }] });
    const viewer = sendAs(await tokenOf("tokens-contacts", "viewer"));
    const shown = [{ kind: "webhook", value: "<secret>" }, { kind: "pagerduty", value: "<secret>" }, contacts[2]];
    expect(await (await viewer("/v1/users")).json()).toMatchObject({ users: [{ contacts: shown }] });
  });

  it("a ticket opens one WebSocket, once, within a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const project = projectStub(env, "tokens-ticket");
    const ticket = await project.issueTicket(adminOf("tokens-ticket"));
    expect((await project.redeemTicket(ticket))?.tokenName).toBe("test");
    expect(await project.redeemTicket(ticket)).toBeNull();
    const late = await project.issueTicket(adminOf("tokens-ticket"));
    vi.setSystemTime(Date.now() + 60_001);
    expect(await project.redeemTicket(late)).toBeNull();
  });

  it("every change is in the audit, newest first, each entry chained to the one before", async () => {
    const admin = sendAs(await tokenOf("tokens-audit", "admin"));
    await admin("/v1/tokens", json("POST", { name: "second", role: "viewer" }));
    const { entries } = await (await admin("/v1/audit")).json<{ entries: { action: string; detail: string; hash: string }[] }>();
    expect(entries.map(({ action }) => action)).toEqual(["token.create", "token.create"]);
    expect(entries[0]?.detail).toContain("second");
    expect(new Set(entries.map(({ hash }) => hash)).size).toBe(2);
  });
});
