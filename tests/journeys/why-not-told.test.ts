import type { AlertTraceResponse } from "@sightline/shared/alerting/trace";
import type { SilenceReport } from "@sightline/shared/api/alerting-responses";
import type { Alert } from "@sightline/shared/model/alert";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ingest } from "../support/prometheus.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { VENDORS, type VendorServer } from "../support/vendor-server.ts";

/** On the real stack: an alert that a silence holds, why, and what comes when the silence is ended. */
describe("an alert that nobody was told of", () => {
  let stack: Stack;
  let vendor: VendorServer;
  const send = (method: string, path: string, body: unknown): Promise<Response> =>
    stack.request(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const traceOf = (id: string): Promise<AlertTraceResponse> => stack.json<AlertTraceResponse>(`/v1/alerts/${id}/trace`);
  const decided = (trace: AlertTraceResponse, stage: string, decision: string): boolean =>
    trace.stages.some((entry) => entry.receiver === "ops" && entry.stage === stage && entry.decision === decision);

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent", "--allow-outbound", "127.0.0.0/8"] });
    vendor = await VENDORS.webhook();
  }, 90_000);
  afterAll(async () => {
    await vendor.close();
    await stack.stop();
    discard(stack);
  });

  it("says which silence held it; the silence counts it; ended, it lets the news go, and the trace tells of the delivery", async () => {
    await send("PUT", "/v1/receivers/ops", { url: vendor.url });
    await send("PUT", "/v1/routes", {
      route: { receiver: "editor", routes: [{ receiver: "ops", matchers: ["alertname=Quiet"], group_wait: "0s", group_interval: "1s" }] },
    });
    const matchers = [{ name: "alertname", value: "Quiet" }];
    const made = await send("POST", "/v1/silences", { matchers, endsAt: Date.now() + 3_600_000, comment: "deploy" });
    const { silenceID } = (await made.json()) as { silenceID: string };
    await send("PUT", "/v1/rules", {
      groups: [{ name: "quiet", rules: [{ alert: "Quiet", expr: "quiet_gauge > 10", labels: { severity: "warning" } }] }],
    });
    await ingest(stack, [{ name: "quiet_gauge", type: "gauge", value: 50 }]);

    let id = "";
    await until("the alert fires and its group was looked at", 15_000, async () => {
      const { alerts } = await stack.json<{ alerts: readonly Alert[] }>("/v1/alerts?state=firing");
      id = alerts.find(({ name }) => name === "Quiet")?.id ?? "";
      return id !== "" && decided(await traceOf(id), "silence", "held");
    });
    const trace = await traceOf(id);
    expect(trace.transitions).toMatchObject([{ to: "firing", value: 50, threshold: 10 }]);
    expect(trace.stages.find(({ stage }) => stage === "silence")?.reason).toMatch(/^silence \S+ of .+: deploy$/);
    const { silences } = await stack.json<{ silences: readonly SilenceReport[] }>("/v1/silences");
    expect(silences).toMatchObject([{ id: silenceID, state: "active", heldNow: 1, heldTotal: 1 }]);
    expect(vendor.requests).toEqual([]);

    await stack.request(`/v1/silences/${silenceID}`, { method: "DELETE" });
    await until("the webhook hears of it", 15_000, () => vendor.requests.length === 1);
    await until("the trace tells of the delivery", 15_000, async () => decided(await traceOf(id), "deliver", "delivered"));
  }, 60_000);
});
