import { describe, expect, it } from "vitest";
import type { AlertTransition, Severity } from "@sightline/shared/model/alert";
import { Couriers } from "../../worker/src/alerting/couriers.ts";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import type { GroupNotification } from "../../worker/src/alerting/group-notification.ts";
import { nextDueAt } from "../../worker/src/alerting/outbox.ts";
import { kindOf } from "../../worker/src/alerting/receivers/kinds.ts";
import { outboxPorts } from "../../worker/src/project/outbox-ports.ts";
import { advance, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { noteSettled } from "../../worker/src/project/receiver-deliveries.ts";
import { putReceiver } from "../../worker/src/project/receivers.ts";
import { putRoutes } from "../../worker/src/project/routing-actions.ts";
import { readTrace } from "../../worker/src/project/trace.ts";
import type { Integration } from "@sightline/shared/alerting/receiver";
import { transition } from "../support/alert-transition.ts";
import { openRecorded } from "./recorded-project.ts";
import { ADMIN } from "./project-in-memory.ts";

const WEBHOOK: Integration = { type: "webhook", url: "https://ops.example.org/", sendResolved: true };
const PAGERDUTY: Integration = { type: "pagerduty", routingKey: "0123456789abcdef0123456789abcdef", sendResolved: true };

/** One receiver, told of every name by itself. */
function project(integration: Integration = WEBHOOK) {
  const { database, ports, clock } = openRecorded();
  expect(putReceiver(ports, ADMIN, { name: "ops", integrations: [integration] }, { allowed: [] }).ok).toBe(true);
  const route = { receiver: "ops", group_by: ["alertname"], group_wait: "1s", group_interval: "5s", repeat_interval: "4h" };
  expect(putRoutes(ports, ADMIN, { route }).ok).toBe(true);
  const sent: GroupNotification[] = [];
  const network = { isThere: true };
  const couriers = new Couriers(
    {
      ...outboxPorts(ports),
      random: () => 0.5,
      usualPerMinute: (type) => kindOf(type).perMinute,
      toEditor: async () => ({ outcome: "delivered" }),
      toIntegration: async (message): Promise<DeliveryOutcome> => {
        if (network.isThere) sent.push(message);
        return network.isThere ? { outcome: "delivered", status: 200 } : { outcome: "failed", reason: "connection refused" };
      },
      settled: (message) => noteSettled(ports, message),
    },
    () => undefined,
  );
  const deliver = async (): Promise<void> => {
    couriers.start();
    await couriers.rest();
  };
  /** Lets time pass as the alarm does, a second at a time. */
  const pass = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      clock.now += 1000;
      for (let passes = 0; passes < 6; passes++) advance(ports);
      await deliver();
    }
  };
  const step = (name: string, to: "firing" | "resolved", severity: Severity = "warning"): AlertTransition =>
    transition(to === "firing" ? "pending" : "firing", to, clock.now, {
      id: `${name}-${to}-${clock.now}`,
      fingerprint: `f${name}`,
      rule: name,
      labels: { alertname: name, severity },
      severity,
      activeAt: 1_000_000,
    });
  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `A${i}`);
  const fire = (count: number): void =>
    receiveTransitions(
      ports,
      names(count).map((name) => step(name, "firing")),
    );
  const end = (count: number): void =>
    receiveTransitions(
      ports,
      names(count).map((name) => step(name, "resolved")),
    );
  return { database, ports, clock, sent, network, pass, step, fire, end };
}

const idOf = (name: string): string => `f${name}-${(1_000_000).toString(36)}`;
const waiting = (database: ReturnType<typeof project>["database"]): number =>
  database.all<{ count: number }>("SELECT count(*) AS count FROM outbox WHERE receiver = 'ops'")[0]?.count ?? -1;

describe("a storm of alerts that have nothing in common", { timeout: 60_000 }, () => {
  it("is told in a few messages that count everything, and each alert's trace names its message", async () => {
    const { database, ports, sent, pass, fire } = project();
    fire(600);
    await pass(40);
    expect(sent.length).toBeLessThanOrEqual(4);
    expect(sent.reduce((sum, { alerts, truncatedAlerts }) => sum + alerts.length + truncatedAlerts, 0)).toBe(600);
    expect(sent[0]).toMatchObject({ status: "firing", digest: expect.stringMatching(/^\d+ alerts \(\d+ warning\)$/) });
    expect(sent[0]?.remark).toMatch(
      /^Too much fires for a message each, so this one tells of \d+ alerts of \d+ groups: \d+ warning; A0, A/,
    );
    const keys = new Set(sent.map(({ key }) => key));
    for (const name of ["A0", "A299", "A580"]) {
      const told = readTrace(ports, idOf(name)).stages.findLast(({ reason }) => reason.includes("in the message digest-"))?.reason;
      expect(keys).toContain(told?.split(" ").at(-1));
    }
    expect(waiting(database)).toBe(0);
  });

  it("lets an emergency go first", async () => {
    const { ports, sent, network, pass, fire, step } = project();
    network.isThere = false;
    fire(300);
    await pass(60);
    network.isThere = true;
    receiveTransitions(ports, [step("RealEmergency", "firing", "emergency")]);
    await pass(300);
    const place = sent.findIndex(({ groupLabels }) => groupLabels["alertname"] === "RealEmergency");
    expect(place).toBeLessThanOrEqual(1);
    expect(place).toBeGreaterThanOrEqual(0);
  });

  it("is a few messages when all of it was over before the receiver was back", async () => {
    const { database, sent, network, pass, fire, end } = project();
    network.isThere = false;
    fire(300);
    await pass(30);
    end(300);
    await pass(60);
    expect(waiting(database)).toBeLessThan(5);
    network.isThere = true;
    await pass(600);
    // What was tried may have arrived, so that its end is told.
    expect(sent.length).toBeLessThan(5);
    expect(sent[0]?.status).toBe("firing");
    expect(sent.at(-1)?.status).toBe("resolved");
    expect(waiting(database)).toBe(0);
    expect(nextDueAt(database)).toBeNull();
  });

  it("tells of each of a few what happened to it while a receiver was away", async () => {
    const { ports, sent, network, pass, step, database } = project();
    network.isThere = false;
    receiveTransitions(ports, [step("Opens", "firing")]);
    await pass(60);
    receiveTransitions(ports, [step("Brief", "firing")]);
    advance(ports);
    // Not tried: the circuit lets one message at a time through, and that one is older.
    database.run("UPDATE channels SET not_before = ?", Number.MAX_SAFE_INTEGER);
    await pass(10);
    receiveTransitions(ports, [step("Brief", "resolved")]);
    await pass(10);
    database.run("UPDATE channels SET not_before = 0");
    network.isThere = true;
    await pass(400);
    const brief = sent.filter(({ alerts }) => alerts.some(({ name }) => name === "Brief"));
    expect(brief.map(({ status }) => status)).toEqual(["firing", "resolved"]);
  });

  it("is one incident of PagerDuty's, which ends with the last of it, and ends no other", async () => {
    const { ports, sent, pass, fire, end, step, database } = project(PAGERDUTY);
    receiveTransitions(ports, [step("Alone", "firing")]);
    await pass(5);
    fire(100);
    await pass(60);
    const lanes = new Set(sent.filter(({ digest }) => digest !== undefined).map(({ groupKey }) => groupKey));
    expect(lanes).toEqual(new Set(["{}:digest"]));
    end(50);
    receiveTransitions(ports, [step("Alone", "resolved")]);
    await pass(60);
    expect(sent.findLast(({ digest }) => digest !== undefined)?.status).toBe("firing");
    expect(sent.filter(({ groupLabels }) => groupLabels["alertname"] === "Alone").map(({ status }) => status)).toEqual([
      "firing",
      "resolved",
    ]);
    receiveTransitions(
      ports,
      Array.from({ length: 50 }, (_, i) => step(`A${i + 50}`, "resolved")),
    );
    await pass(60);
    expect(sent.findLast(({ digest }) => digest !== undefined)?.status).toBe("resolved");
    expect(database.all("SELECT 1 FROM folded_groups")).toEqual([]);
    expect(database.all("SELECT 1 FROM digest_alerts")).toEqual([]);
  });
});
