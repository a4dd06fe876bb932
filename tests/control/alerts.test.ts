import type { Receiver } from "@sightline/shared/alerting/receiver";
import type { AlertTransition } from "@sightline/shared/model/alert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Couriers } from "../../worker/src/alerting/couriers.ts";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import { EDITOR } from "../../worker/src/alerting/notification.ts";
import { stepAlert, type StoredAlert } from "../../worker/src/project/alert-lifecycle.ts";
import { auditIsIntact } from "../../worker/src/project/audit-log.ts";
import { acknowledge } from "../../worker/src/project/alert-actions.ts";
import { advance, readAlerts, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { noteSettled } from "../../worker/src/project/receiver-deliveries.ts";
import { findReceiver, putReceiver } from "../../worker/src/project/receivers.ts";
import { silence } from "../../worker/src/project/silence-lifecycle.ts";
import { ADMIN, projectInMemory, type TestProject } from "./project-in-memory.ts";

function step(from: AlertTransition["from"], to: AlertTransition["to"], at: number): AlertTransition {
  return {
    id: `${from}-${to}-${at}`,
    fingerprint: "f",
    rule: "DiskFull",
    labels: { host_name: "h1" },
    annotations: {},
    severity: "error",
    from,
    to,
    at,
    activeAt: 100,
    value: 0.95,
    threshold: 0.9,
    condition: "used > 0.9",
    recommendations: [],
  };
}

const EPISODE = [step("inactive", "pending", 100), step("pending", "firing", 200), step("firing", "resolved", 300)];

/** Lets groups wait as long as they do, so that what is news is in the outbox. */
function flush({ ports, clock }: TestProject, ms = 5_000): void {
  clock.now += ms;
  advance(ports);
}

/** Runs deliveries with a webhook that answers as told, and returns what each receiver was told. */
async function deliver({ ports }: TestProject, webhook: () => DeliveryOutcome): Promise<readonly string[]> {
  const told: string[] = [];
  const couriers = new Couriers(
    {
      database: ports.database,
      now: ports.now,
      random: () => 0.5,
      receiver: (name) => findReceiver(ports, name),
      trace: () => undefined,
      usualPerMinute: () => 60,
      toEditor: async (notifications) => {
        for (const { kind } of notifications) told.push(`${EDITOR} ${kind}`);
        return { outcome: "delivered" };
      },
      toIntegration: async ({ receiver, status }) => {
        told.push(`${receiver} ${status}`);
        return webhook();
      },
      settled: (message) => noteSettled(ports, message),
    },
    () => undefined,
  );
  couriers.start();
  await couriers.rest();
  return told;
}

const OPEN = { allowed: [] };
const hook: Receiver = { name: "ops", integrations: [{ type: "webhook", url: "https://hooks.example.org/", sendResolved: true }] };
const delivered = (): DeliveryOutcome => ({ outcome: "delivered" });

describe("an alert's life", () => {
  it("is the same for every order and repetition in which its steps arrive", () => {
    const order = fc.array(fc.constantFrom(...EPISODE), { maxLength: 6 }).map((extra) => [...EPISODE, ...extra]);
    const inOrder = EPISODE.reduce<StoredAlert | null>((alert, next) => stepAlert(alert, next), null);
    fc.assert(
      fc.property(
        order.chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length })),
        (steps) => {
          expect(steps.reduce<StoredAlert | null>((alert, next) => stepAlert(alert, next), null)).toEqual(inOrder);
        },
      ),
    );
  });

  it("a pending alert that never fired is told to nobody", async () => {
    const project = projectInMemory();
    receiveTransitions(project.ports, [step("inactive", "pending", 100), step("pending", "inactive", 150)]);
    expect(await deliver(project, delivered)).toEqual([]);
    expect(readAlerts(project.ports, { limit: 10 })).toEqual([]);
  });
});

describe("delivery", () => {
  it("the same transition twice is told once", async () => {
    const project = projectInMemory();
    putReceiver(project.ports, ADMIN, hook, OPEN);
    receiveTransitions(project.ports, EPISODE.slice(0, 2));
    receiveTransitions(project.ports, EPISODE.slice(0, 2));
    flush(project);
    expect((await deliver(project, delivered)).toSorted()).toEqual(["editor firing", "ops firing"]);
    expect(await deliver(project, delivered)).toEqual([]);
  });

  it("an acknowledgement is told to the editor alone", async () => {
    const project = projectInMemory();
    putReceiver(project.ports, ADMIN, hook, OPEN);
    receiveTransitions(project.ports, EPISODE.slice(0, 2));
    flush(project);
    await deliver(project, delivered);
    acknowledge(project.ports, ADMIN, readAlerts(project.ports, { limit: 1 })[0]?.id ?? "", "mine");
    expect(await deliver(project, delivered)).toEqual(["editor acknowledged"]);
    expect(auditIsIntact(project.ports)).toBe(true);
  });

  it("a receiver that asks for time gets it", async () => {
    const project = projectInMemory();
    putReceiver(project.ports, ADMIN, hook, OPEN);
    receiveTransitions(project.ports, EPISODE.slice(0, 2));
    flush(project);
    await deliver(project, () => ({ outcome: "failed", reason: "answered 429", retryAfterMs: 60_000 }));
    project.clock.now += 59_000;
    expect(await deliver(project, delivered)).toEqual([]);
    project.clock.now += 1_000;
    expect(await deliver(project, delivered)).toEqual(["ops firing"]);
  });

  it("a silence made while an alert fires is shown in the editor and keeps its end from the webhook", async () => {
    const project = projectInMemory();
    putReceiver(project.ports, ADMIN, hook, OPEN);
    receiveTransitions(project.ports, EPISODE.slice(0, 2));
    flush(project);
    await deliver(project, delivered);
    const matchers = [{ name: "host_name", value: "h1", isRegex: false, isEqual: true }];
    silence(project.ports, ADMIN, { matchers, endsAt: project.clock.now + 3_600_000, comment: "" });
    expect(await deliver(project, delivered)).toEqual(["editor silenced"]);
    expect(readAlerts(project.ports, { limit: 1 })[0]?.silencedUntil).toBe(project.clock.now + 3_600_000);
  });
});

it("what somebody has taken on is acknowledged at those who keep alerts of their own, once all of the group is", async () => {
  const project = projectInMemory();
  const { ports } = project;
  const pager: Receiver = {
    name: "ops",
    integrations: [
      { type: "webhook", url: "https://hooks.example.org/", sendResolved: true },
      { type: "pagerduty", routingKey: "0123456789abcdef0123456789abcdef", sendResolved: true },
    ],
  };
  putReceiver(ports, ADMIN, pager, OPEN);
  const other = { fingerprint: "g", labels: { host_name: "h2" } };
  receiveTransitions(ports, [...EPISODE.slice(0, 2), { ...step("pending", "firing", 200), ...other, id: "other" }]);
  flush(project);
  await deliver(project, delivered);
  const [first, second] = readAlerts(ports, { limit: 2 });
  const acknowledged = () =>
    ports.database.all<{ integration: number; body: string }>("SELECT integration, body FROM outbox WHERE receiver = 'ops'").map((row) => ({
      integration: row.integration,
      states: (JSON.parse(row.body) as { alerts: { state: string }[] }).alerts.map(({ state }) => state),
    }));
  acknowledge(ports, ADMIN, first?.id ?? "", null);
  expect(acknowledged()).toEqual([]);
  acknowledge(ports, ADMIN, second?.id ?? "", null);
  expect(acknowledged()).toEqual([{ integration: 1, states: ["acknowledged", "acknowledged"] }]);
});
