import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertsResponse, SlosResponse } from "@sightline/shared/api/responses";
import { ingest } from "../support/prometheus.ts";
import { discard, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";

/** What must happen by the clock alone, on the real stack with nobody sending. */
describe("what the alarm brings about", () => {
  let stack: Stack;
  const put = (path: string, body: unknown) =>
    stack.json(path, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const states = async (rule: string) =>
    (await stack.json<AlertsResponse>("/v1/alerts")).alerts.filter(({ name }) => name === rule).map(({ state }) => state);

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent"] });
  }, 90_000);
  afterAll(async () => {
    await stack.stop();
    discard(stack);
  });

  it("a rule across series fires on its interval", async () => {
    const rules = [{ alert: "Total", expr: "sum(clock_total_gauge) > 10", labels: { severity: "warning" } }];
    await put("/v1/rules", { groups: [{ name: "across", interval: "1s", rules }] });
    await ingest(
      stack,
      ["a", "b"].map((part) => ({ name: "clock_total_gauge", type: "gauge", labels: { part }, value: 6 })),
    );
    await until("the alert fires", 10_000, async () => (await states("Total")).includes("firing"), 100);
  }, 20_000);

  it("a pending alert fires when its `for` is over, without another sample", async () => {
    const rules = [{ alert: "Lonely", expr: "clock_lonely > 10", for: "2s", labels: { severity: "warning" } }];
    await put("/v1/rules", { groups: [{ name: "lonely", rules }] });
    await ingest(stack, [{ name: "clock_lonely", type: "gauge", value: 50 }]);
    await until("the alert is pending", 5_000, async () => (await states("Lonely")).includes("pending"), 50);
    await until("the alert fires", 10_000, async () => (await states("Lonely")).includes("firing"), 100);
  }, 20_000);

  it("a new rule judges what its series said last", async () => {
    await ingest(stack, [{ name: "clock_standing", type: "gauge", value: 50 }]);
    await put("/v1/rules", {
      groups: [{ name: "standing", rules: [{ alert: "Standing", expr: "clock_standing > 10", labels: { severity: "warning" } }] }],
    });
    await until("the alert fires", 10_000, async () => (await states("Standing")).includes("firing"), 50);
  }, 20_000);

  it("a budget that burns raises an alert", async () => {
    await put("/v1/slos/clock", {
      name: "Clock",
      kind: "availability",
      good: "clock_good_total",
      total: "clock_all_total",
      objective: 0.99,
      windowMs: 86_400_000,
    });
    for (let round = 0; round < 4; round++) {
      await ingest(stack, [
        { name: "clock_good_total", type: "counter", delta: 10 },
        { name: "clock_all_total", type: "counter", delta: 100 },
      ]);
    }
    await until("the events are counted", 5_000, async () => ((await stack.json<SlosResponse>("/v1/slos")).slos[0]?.total ?? 0) > 0, 100);
    await until("the burn alert fires", 60_000, async () => (await states("SLOBurn")).includes("firing"), 200);
    expect((await stack.json<SlosResponse>("/v1/slos")).slos[0]?.summary).toMatch(/budget/);
  }, 80_000);
});
