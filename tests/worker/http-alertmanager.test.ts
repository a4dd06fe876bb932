import { describe, expect, it } from "vitest";
import { json, sendAs, tokenOf } from "./http-calls.ts";

interface ShownAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[]; readonly inhibitedBy: readonly string[] };
  readonly receivers: readonly { readonly name: string }[];
  readonly startsAt: string;
  readonly generatorURL?: string;
}

const HOUR = 3_600_000;
const inAnHour = (): string => new Date(Date.now() + HOUR).toISOString();
const anHourAgo = (): string => new Date(Date.now() - HOUR).toISOString();

async function alertmanager(project: string) {
  const call = sendAs(await tokenOf(project, "admin"));
  const post = (alerts: unknown): Promise<Response> => call("/api/v2/alerts", json("POST", alerts));
  const alerts = async (query = ""): Promise<readonly ShownAlert[]> => (await call(`/api/v2/alerts${query}`)).json<ShownAlert[]>();
  const names = async (query = ""): Promise<readonly string[]> =>
    (await alerts(query)).map(({ labels }) => labels["alertname"] ?? "").toSorted((left, right) => left.localeCompare(right));
  return { call, post, alerts, names };
}

describe("Alertmanager's API", () => {
  it("an alert that is sent is open until its sender says that it is over, and sending it again changes nothing", async () => {
    const { call, post, alerts } = await alertmanager("am-life");
    const labels = { alertname: "DiskFull", severity: "critical", instance: "a:9100" };
    const sent = [{ labels, annotations: { summary: "full" }, startsAt: anHourAgo(), endsAt: inAnHour(), generatorURL: "http://p/graph" }];
    expect((await post(sent)).status).toBe(200);
    expect((await post(sent)).status).toBe(200);
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    // As Alertmanager 0.25 computes it of the same labels.
    expect(alert).toMatchObject({
      fingerprint: "22b692ed704ee014",
      labels,
      annotations: { summary: "full" },
      startsAt: sent[0]?.startsAt,
      generatorURL: "http://p/graph",
      receivers: [{ name: "editor" }],
      status: { state: "active", silencedBy: [], inhibitedBy: [], mutedBy: [] },
    });
    const listed = await (
      await call("/v1/alerts?state=firing")
    ).json<{ alerts: readonly { name: string; severity: string; id: string }[] }>();
    expect(listed.alerts).toMatchObject([{ name: "DiskFull", severity: "critical", triggerCount: 1 }]);
    const trace = await (await call(`/v1/alerts/${listed.alerts[0]?.id}/trace`)).json<{ transitions: readonly { reason: string }[] }>();
    expect(trace.transitions.map(({ reason }) => reason)).toEqual(["admin token sent it"]);

    await post([{ labels, annotations: { summary: "fuller" }, endsAt: inAnHour() }]);
    expect((await alerts())[0]?.annotations).toEqual({ summary: "fuller" });

    expect((await post([{ labels, startsAt: anHourAgo(), endsAt: new Date().toISOString() }])).status).toBe(200);
    expect(await alerts()).toEqual([]);
    // The same beginning once more, after its end, is a new episode.
    await post(sent);
    expect(await alerts()).toHaveLength(1);
  });

  it("an end without a beginning is nobody's news", async () => {
    const { call, post } = await alertmanager("am-end");
    expect((await post([{ labels: { alertname: "Over" }, startsAt: anHourAgo(), endsAt: anHourAgo() }])).status).toBe(200);
    expect((await (await call("/v1/alerts")).json<{ alerts: unknown[] }>()).alerts).toEqual([]);
  });

  it("alerts are filtered by labels, receiver and what holds them back", async () => {
    const { call, post, names } = await alertmanager("am-filter");
    await call("/v1/receivers/pager", json("PUT", { url: "https://pager.example.org/hook" }));
    const route = { receiver: "editor", routes: [{ receiver: "pager", matchers: ['severity="critical"'] }] };
    const inhibit_rules = [{ source_matchers: ["alertname=HostDown"], target_matchers: ["alertname=Slow"], equal: ["host"] }];
    expect((await call("/v1/routes", json("PUT", { route, inhibit_rules }))).status).toBe(200);
    await post([
      { labels: { alertname: "HostDown", host: "a", severity: "critical" } },
      { labels: { alertname: "Slow", host: "a" } },
      { labels: { alertname: "Slow", host: "b" } },
    ]);
    expect(await names()).toEqual(["HostDown", "Slow", "Slow"]);
    expect(await names("?filter=host%3D%22a%22")).toEqual(["HostDown", "Slow"]);
    expect(await names("?filter=host%3Da&filter=alertname%3D~%22S.*%22")).toEqual(["Slow"]);
    expect(await names("?inhibited=false")).toEqual(["HostDown", "Slow"]);
    expect(await names("?active=false")).toEqual(["Slow"]);
    expect(await names("?receiver=pag.*")).toEqual(["HostDown"]);
    expect(await names("?receiver=pag")).toEqual([]);
    const groups = await (await call("/api/v2/alerts/groups")).json<{ receiver: { name: string }; alerts: unknown[] }[]>();
    expect(groups.map(({ receiver, alerts }) => [receiver.name, alerts.length])).toEqual([["editor", 2], ["pager", 1]]); // prettier-ignore
    expect(await (await call("/api/v2/receivers")).json()).toEqual([{ name: "editor" }, { name: "pager" }]);
    const status = await (await call("/api/v2/status")).json<{ config: { original: string }; cluster: { status: string } }>();
    expect(status.cluster.status).toBe("ready");
    expect(status.config.original).toContain("url: https://pager.example.org/<secret>");
    expect(status.config.original).not.toContain("/hook");
  });

  it("a silence is made, found, changed in place and ended; what it holds is suppressed", async () => {
    const { call, post, alerts, names } = await alertmanager("am-silence");
    await post([{ labels: { alertname: "Slow", host: "a" } }]);
    const silence = {
      matchers: [{ name: "host", value: "a", isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: inAnHour(),
      createdBy: "ada",
      comment: "moving it",
    };
    const made = await (await call("/api/v2/silences", json("POST", silence))).json<{ silenceID: string }>();
    expect(made.silenceID).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((await alerts())[0]?.status).toMatchObject({ state: "suppressed", silencedBy: [made.silenceID] });
    expect(await names("?silenced=false")).toEqual([]);
    const one = await (await call(`/api/v2/silence/${made.silenceID}`)).json<Record<string, unknown>>();
    expect(one).toMatchObject({ id: made.silenceID, createdBy: "ada", comment: "moving it", status: { state: "active" } });
    const later = new Date(Date.now() + 2 * HOUR).toISOString();
    const changed = await call("/api/v2/silences", json("POST", { ...silence, ...one, endsAt: later }));
    expect(await changed.json()).toEqual({ silenceID: made.silenceID });
    const silences = async (query = ""): Promise<readonly { id: string; endsAt: string; status: { state: string } }[]> =>
      (await call(`/api/v2/silences${query}`)).json();
    expect(await silences("?filter=host%3Da")).toMatchObject([{ id: made.silenceID, endsAt: later }]);
    expect(await silences("?filter=host%3Db")).toEqual([]);
    expect((await call(`/api/v2/silence/${made.silenceID}`, { method: "DELETE" })).status).toBe(200);
    expect(await silences()).toMatchObject([{ status: { state: "expired" } }]);
    expect((await alerts())[0]?.status.state).toBe("active");
  });

  it.each([
    ["POST", "/api/v2/alerts", [{ labels: {} }], 400, /alert 0: it has no labels/],
    [
      "POST",
      "/api/v2/alerts",
      [{ labels: { a: "b" }, startsAt: "2026-01-02T00:00:00Z", endsAt: "2026-01-01T00:00:00Z" }],
      400,
      /ends before/,
    ],
    ["POST", "/api/v2/alerts", { labels: {} }, 400, /right shape/],
    ["POST", "/api/v2/silences", { matchers: [] }, 400, /right shape/],
    ["DELETE", "/api/v2/silence/none", undefined, 404, /There is no silence "none"/],
    ["GET", "/api/v2/alerts?filter=%7B%7D%7D", undefined, 400, /is not a matcher/],
    ["GET", "/api/v2/alerts?receiver=(", undefined, 400, /no regular expression/],
    ["GET", "/api/v2/status/x", undefined, 404, /There is no route/],
  ])("what is wrong is told as a JSON string: %s %s", async (method, path, body, status, words) => {
    const { call } = await alertmanager("am-faults");
    const answer = await call(path, body === undefined ? { method } : json(method, body));
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatch(words);
  });

  it("what is valid in a request is kept, and what was refused is named", async () => {
    const { post, names } = await alertmanager("am-part");
    const refused = await post([{ labels: { alertname: "Good" } }, { labels: {} }]);
    expect(await refused.json()).toBe("1 of 2 alerts were refused: alert 1: it has no labels. The others were kept.");
    expect(await names()).toEqual(["Good"]);
  });

  it("a token that may write samples sends alerts, and may not silence them", async () => {
    const call = sendAs(await tokenOf("am-roles", "ingest"));
    expect((await call("/api/v2/alerts", json("POST", [{ labels: { alertname: "A" } }]))).status).toBe(200);
    expect((await call("/api/v2/silences", json("POST", {}))).status).toBe(403);
    expect((await call("/api/v2/alerts")).status).toBe(403);
  });
});
