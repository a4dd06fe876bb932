import type { Alert } from "@sightline/shared/model/alert";
import type { AlertTraceResponse } from "@sightline/shared/alerting/trace";
import { describe, expect, it } from "vitest";
import { projectStub } from "../../worker/src/objects/stubs.ts";
import { transition } from "../support/alert-transition.ts";
import { env, json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const firing = (project: string): Promise<void> =>
  projectStub(env, project).receive("s", [transition("inactive", "pending", 1_000), transition("pending", "firing", 5_000)]);

const ROUTES = {
  route: {
    receiver: "editor",
    group_by: ["alertname"],
    group_wait: "10s",
    routes: [{ matchers: ['severity="critical"'], group_by: ["host"] }],
  },
  inhibit_rules: [{ source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: ["host"] }],
  time_intervals: [{ name: "nights", time_intervals: [{ times: [{ start_time: "22:00", end_time: "24:00" }], location: "Europe/Rome" }] }],
};

describe("/v1/routes", () => {
  it("gives what was put, in Alertmanager's words, and the default before and after", async () => {
    const call = sendAs(await tokenOf("routes-put", "admin"));
    const first = await (await call("/v1/routes")).json();
    expect(first).toMatchObject({ route: { receiver: "editor", group_by: ["alertname"], group_wait: "5s" } });
    const put = await call("/v1/routes", json("PUT", ROUTES));
    expect(await put.json()).toEqual(ROUTES);
    expect(await (await call("/v1/routes")).json()).toEqual(ROUTES);
    expect((await call("/v1/routes", { method: "DELETE" })).status).toBe(204);
    expect(await (await call("/v1/routes")).json()).toEqual(first);
  });

  it("refuses in words, and changes nothing", async () => {
    const call = sendAs(await tokenOf("routes-refused", "admin"));
    expect(await problemOf(await call("/v1/routes", json("PUT", { route: { receiver: "pager" } })))).toMatchObject({
      status: 400,
      code: "bad_routes",
      detail: expect.stringContaining('"pager"'),
    });
    expect(await problemOf(await call("/v1/routes", json("PUT", { route: { receiver: "editor", groupBy: [] } })))).toMatchObject({
      status: 400,
    });
    const nested = { route: { receiver: "editor", routes: [{ matchers: ["a=~("] }] } };
    expect((await problemOf(await call("/v1/routes", json("PUT", nested)))).detail).toContain("route.routes[0]");
    const editor = sendAs(await tokenOf("routes-refused", "editor"));
    expect((await editor("/v1/routes", json("PUT", ROUTES))).status).toBe(403);
  });

  it("tests where an alert would go, and names rules nobody would hear", async () => {
    const call = sendAs(await tokenOf("routes-test", "admin"));
    await call("/v1/routes", json("PUT", ROUTES));
    const tested = await call("/v1/routes/test", json("POST", { labels: { severity: "critical", host: "h1" } }));
    expect(await tested.json()).toMatchObject({
      receivers: ["editor"],
      routes: [{ route: '{}/{severity="critical"}', groupLabels: { host: "h1" } }],
    });
    const unheard = await (await call("/v1/routes/unheard")).json<{ rules: { rule: string }[] }>();
    expect(unheard.rules.map(({ rule }) => rule)).toContain("HighCpuUsage");
  });
});

describe("one alert", () => {
  it("is snoozed, by time or duration, and written about; its trace and history tell", async () => {
    await firing("alert-actions");
    const call = sendAs(await tokenOf("alert-actions", "editor"));
    const { alerts } = await (await call("/v1/alerts")).json<{ alerts: readonly Alert[] }>();
    const id = alerts[0]?.id ?? "";
    const snoozed = await (await call(`/v1/alerts/${id}/snooze`, json("POST", { duration: "1h" }))).json<Alert>();
    expect((snoozed.snoozedUntil ?? 0) - Date.now()).toBeGreaterThan(3_500_000);
    const until = new Date(Date.now() + 60_000).toISOString();
    expect(await (await call(`/v1/alerts/${id}/snooze`, json("POST", { until }))).json<Alert>()).toMatchObject({
      snoozedUntil: Date.parse(until),
    });
    expect(await (await call(`/v1/alerts/${id}/snooze`, json("POST", { duration: "0s" }))).json<Alert>()).toMatchObject({
      snoozedUntil: null,
    });
    expect((await problemOf(await call(`/v1/alerts/${id}/snooze`, json("POST", {})))).status).toBe(400);
    expect(await (await call(`/v1/alerts/${id}/note`, json("POST", { note: "the fan" }))).json<Alert>()).toMatchObject({ note: "the fan" });

    const trace = await (await call(`/v1/alerts/${id}/trace`)).json<AlertTraceResponse>();
    expect(trace).toMatchObject({
      alert: { id },
      condition: "busy > 0.8",
      transitions: [{ to: "pending" }, { to: "firing", value: 0.93, threshold: 0.8 }],
    });
    expect(trace.stages.filter(({ stage }) => stage === "person").map(({ reason }) => reason.split(" until")[0])).toEqual([
      "editor token snoozed it",
      "editor token snoozed it",
      "editor token ended the snooze",
      "editor token wrote a note",
    ]);
    expect(await (await call(`/v1/alerts/${id}/history`)).json()).toMatchObject({ alerts: [{ id, triggerCount: 1 }] });
    expect(await (await call(`/v1/alerts?fingerprint=${alerts[0]?.fingerprint}`)).json()).toMatchObject({ alerts: [{ id }] });
    expect((await call("/v1/alerts/none/trace")).status).toBe(404);
  });

  it("that a silence holds is counted where the silence is shown, and the silence is changed under its id", async () => {
    await firing("silence-counts");
    const call = sendAs(await tokenOf("silence-counts", "editor"));
    const matchers = [{ name: "host_name", value: "h1" }];
    const endsAt = Date.now() + 3_600_000;
    const { silenceID: id } = await (await call("/v1/silences", json("POST", { matchers, endsAt }))).json<{ silenceID: string }>();
    const changed = await call("/v1/silences", json("POST", { id, matchers, endsAt: endsAt + 60_000, comment: "longer" }));
    expect(await changed.json()).toEqual({ silenceID: id });
    expect(await (await call("/v1/silences")).json()).toMatchObject({
      silences: [{ id, state: "active", heldNow: 1, heldTotal: 1, endsAt: endsAt + 60_000 }],
    });
    const inWords = { id, matchers, endsAt: new Date(endsAt + 120_000).toISOString() };
    expect((await call("/v1/silences", json("POST", inWords))).status).toBe(201);
    expect(await (await call("/v1/silences")).json()).toMatchObject({ silences: [{ id, endsAt: endsAt + 120_000 }] });
    expect((await call(`/v1/silences/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(await (await call("/v1/silences?expired=true")).json()).toMatchObject({ silences: [{ id, state: "expired" }] });
  });
});
