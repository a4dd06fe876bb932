import type { AlertTraceResponse } from "@sightline/shared/alerting/trace";
import type { Incident, IncidentsResponse } from "@sightline/shared/api/incident-responses";
import type { Snapshot } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LiveViewer, watchLive } from "../support/live-viewer.ts";
import { isAlive } from "../support/processes.ts";
import { ingest } from "../support/prometheus.ts";
import { type Stack, discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { VENDORS, type VendorServer } from "../support/vendor-server.ts";

/** On the real stack: a host dies under its services; people hear of the host alone, until it is back and one service is not well. */
describe("a host that dies under its services", () => {
  let stack: Stack;
  let vendor: VendorServer;
  const send = (method: string, path: string, body: unknown): Promise<Response> =>
    stack.request(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const firing = async (): Promise<readonly Alert[]> =>
    (await stack.json<{ alerts: readonly Alert[] }>("/v1/alerts?state=firing")).alerts.filter(({ name }) => name.startsWith("Journey"));
  const stageOf = async (id: string, stage: string, decision: string): Promise<string | undefined> =>
    (await stack.json<AlertTraceResponse>(`/v1/alerts/${id}/trace`)).stages.find(
      (entry) => entry.receiver === "ops" && entry.stage === stage && entry.decision === decision,
    )?.reason;
  const newsOf = (viewer: LiveViewer, name: string): readonly Alert[] =>
    viewer.events.flatMap((event) =>
      event.type === "alert" && event.alert.name === name && event.alert.state === "firing" ? [event.alert] : [],
    );
  /** kill -9 of workerd; resolves once it is back. */
  const killed = async (): Promise<void> => {
    const pid = stack.workerdPid();
    process.kill(pid, "SIGKILL");
    await until("workerd is gone", 5_000, () => !isAlive(pid));
    await until(
      "workerd is back",
      30_000,
      async () => stack.workerdPid() !== pid && (await stack.request("/readyz").catch(() => null))?.ok === true,
    );
  };
  const measure = (up: number, errors: readonly number[]): Promise<unknown> =>
    ingest(stack, [
      { name: "journey_up", type: "gauge", value: up, labels: { host_name: "h1" } },
      ...errors.map((value, i) => ({
        name: "journey_errors",
        type: "gauge",
        value,
        labels: { service_name: `s${i}`, host_name: "h1", instance: `h1:${i}` },
      })),
    ]);

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent", "--allow-outbound", "127.0.0.0/8"] });
    vendor = await VENDORS.webhook();
  }, 90_000);
  afterAll(async () => {
    await vendor.close();
    await stack.stop();
    discard(stack);
  });

  it("is one incident with the host as its cause; its services are held, and told when they outlast it", async () => {
    await send("PUT", "/v1/receivers/ops", { url: vendor.url });
    await send("PUT", "/v1/routes", {
      route: {
        receiver: "editor",
        routes: [{ receiver: "ops", matchers: ["alertname=~Journey.*"], group_by: ["alertname"], group_wait: "1s", group_interval: "1s" }],
      },
    });
    await send("POST", "/v1/deploys", { service: "s0", version: "1.4.2", author: "ada" });
    const down = { alert: "JourneyHostDown", expr: "journey_up < 1", labels: { severity: "error" }, annotations: { means: "down" } };
    const errors = { alert: "JourneyErrors", expr: "journey_errors > 0", labels: { severity: "warning" } };
    await send("PUT", "/v1/rules", { groups: [{ name: "journey", rules: [down, errors] }] });
    const before = await watchLive(stack);
    await measure(0, []);
    await measure(0, [1, 1, 1]);
    await until("four alerts fire", 15_000, async () => (await firing()).length === 4);
    const service = (await firing()).find(({ labels }) => labels["service_name"] === "s0")?.id ?? "";
    await until("the services are held", 15_000, async () => (await stageOf(service, "topology", "held")) !== undefined);
    expect(await stageOf(service, "topology", "held")).toMatch(/^it runs on host h1, and JourneyHostDown says that this is down/);

    const { incidents } = await stack.json<IncidentsResponse>("/v1/incidents?state=open");
    expect(incidents).toMatchObject([{ alertCount: 4, cause: { alert: { name: "JourneyHostDown" }, deploy: { version: "1.4.2" } } }]);
    const incident = await stack.json<Incident>(`/v1/incidents/${incidents[0]?.id ?? ""}`);
    expect(incident.timeline.map(({ kind }) => kind)).toEqual(["deploy", "fired", "fired", "fired", "fired"]);
    expect((await stack.json<Snapshot>("/v1/snapshot")).incidents).toMatchObject([{ id: incident.id }]);
    await until("the webhook hears of the host", 15_000, () => vendor.requests.length >= 1);
    expect(JSON.stringify(vendor.requests)).not.toContain("JourneyErrors");
    const heard = newsOf(before, "JourneyErrors");
    expect(heard.length).toBeGreaterThanOrEqual(3);
    expect(new Set(heard.map(({ held }) => held?.stage))).toEqual(new Set(["topology"]));
    expect(newsOf(before, "JourneyHostDown")[0]?.held).toBeUndefined();
    before.close();

    await send("PUT", `/v1/incidents/${incident.id}`, { title: "The host of the shop" });
    await send("POST", `/v1/incidents/${incident.id}/note`, { note: "looking at its power" });
    const known = await stack.json<Incident>(`/v1/incidents/${incident.id}`);
    await killed();
    expect(await stack.json<Incident>(`/v1/incidents/${incident.id}`)).toEqual(known);
    expect(known).toMatchObject({ title: "The host of the shop", state: "open", openCount: 4 });
    const after = await watchLive(stack);

    await measure(1, [1, 0, 0]);
    await until("what goes on is told", 30_000, async () => (await stageOf(service, "deliver", "delivered")) !== undefined);
    expect(JSON.stringify(vendor.requests)).toContain("JourneyErrors");
    await after.next("the editor is told of what goes on", 15_000, (event) => {
      return event.type === "alert" && event.alert.id === service && event.alert.state === "firing" && event.alert.held === undefined;
    });
    after.close();
    await measure(1, [0, 0, 0]);
    await until("the incident is over", 15_000, async () => {
      return (await stack.json<Incident>(`/v1/incidents/${incident.id}`)).state === "resolved";
    });
  }, 120_000);
});
