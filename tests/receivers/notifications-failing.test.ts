import type { Receiver } from "@sightline/shared/alerting/receiver";
import { describe, expect, it } from "vitest";
import { Couriers } from "../../worker/src/alerting/couriers.ts";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import { NOTIFICATIONS_FAILING } from "../../worker/src/alerting/failing-receiver.ts";
import { readDeadLetters } from "../../worker/src/alerting/dead-letters.ts";
import { advance, nextWakeAt, readAlerts } from "../../worker/src/project/project-core.ts";
import { deleteReceiver, discardDeadLetter, noteSettled, retryDeadLetter } from "../../worker/src/project/receiver-deliveries.ts";
import { findReceiver, putReceiver } from "../../worker/src/project/receivers.ts";
import { readTrace } from "../../worker/src/project/trace.ts";
import { enqueueGroups } from "../../worker/src/alerting/enqueue-groups.ts";
import { outboxPorts } from "../../worker/src/project/outbox-ports.ts";
import { ADMIN, type TestProject, projectInMemory } from "../control/project-in-memory.ts";
import { aNotification, webhookTo } from "./delivery-desk.ts";

const MINUTE = 60_000;
const delivered: DeliveryOutcome = { outcome: "delivered", status: 200 };
const refused: DeliveryOutcome = { outcome: "refused", status: 404, reason: "answered 404" };
const down: DeliveryOutcome = { outcome: "failed", reason: "no answer within 10 s" };

interface Office extends TestProject {
  /** `receiver alertname status` of what arrived. */
  readonly told: string[];
  answer: (receiver: string) => DeliveryOutcome;
  /** Lets time pass with everything that falls due in it. */
  pass(ms: number): Promise<void>;
  /** States of the alert about `ops`, the latest episode first. */
  states(): readonly string[];
}

function office(): Office {
  const project = projectInMemory();
  const { ports, clock } = project;
  for (const name of ["ops", "boss"]) {
    const receiver: Receiver = { name, integrations: [webhookTo()] };
    putReceiver(ports, ADMIN, receiver, { allowed: [] });
  }
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
        for (const { alert, kind } of notifications) told.push(`editor ${alert.name} ${kind}`);
        return delivered;
      },
      toIntegration: async ({ receiver, alerts, status }) => {
        const outcome = self.answer(receiver);
        if (outcome.outcome === "delivered") told.push(`${receiver} ${alerts[0]?.name ?? ""} ${status}`);
        return outcome;
      },
      settled: (message) => noteSettled(ports, message),
    },
    () => undefined,
  );
  const self: Office = {
    ...project,
    told,
    answer: () => delivered,
    async pass(ms) {
      const end = clock.now + ms;
      for (;;) {
        advance(ports);
        couriers.start();
        await couriers.rest();
        const next = nextWakeAt(ports);
        // Configuration has nowhere to go here and stays due.
        const due = Math.max(next ?? end, clock.now + 100);
        if (due > end) break;
        clock.now = due;
      }
      clock.now = end;
    },
    states: () =>
      readAlerts(ports, { limit: 100 })
        .filter(({ name, labels }) => name === NOTIFICATIONS_FAILING && labels["receiver"] === "ops")
        .map(({ state }) => state),
  };
  return self;
}

const news = (office: Office, key: string): void => {
  office.ports.database.transaction(() => enqueueGroups(outboxPorts(office.ports), [aNotification(key, {}, key)]));
};

describe("a dead letter", () => {
  it("raises an alert that others are told of, and the one who failed is not", async () => {
    const here = office();
    here.answer = (receiver) => (receiver === "ops" ? refused : delivered);
    news(here, "n1");
    await here.pass(2 * MINUTE);
    expect(here.states()).toEqual(["firing"]);
    expect(here.told).toContain(`editor ${NOTIFICATIONS_FAILING} firing`);
    expect(here.told).toContain(`boss ${NOTIFICATIONS_FAILING} firing`);
    expect(readDeadLetters(here.ports.database, 10)).toMatchObject([{ receiver: "ops", key: "n1" }]);
  });

  it("raises it once, and a delivery that works again ends it", async () => {
    const here = office();
    here.answer = (receiver) => (receiver === "ops" ? refused : delivered);
    for (const key of ["n1", "n2", "n3"]) news(here, key);
    await here.pass(2 * MINUTE);
    expect(here.states()).toEqual(["firing"]);
    here.answer = () => delivered;
    news(here, "n4");
    await here.pass(10 * MINUTE);
    expect(here.states()).toEqual(["resolved"]);
    expect(here.told).toContain(`boss ${NOTIFICATIONS_FAILING} resolved`);
    expect(here.told.filter((line) => line.startsWith(`boss ${NOTIFICATIONS_FAILING}`))).toHaveLength(2);
    expect(here.told.filter((line) => line.startsWith(`ops ${NOTIFICATIONS_FAILING}`))).toEqual([]);
  });

  it("that is sent again and arrives, or is discarded, ends it too", async () => {
    const here = office();
    here.answer = (receiver) => (receiver === "ops" ? refused : delivered);
    news(here, "n1");
    await here.pass(MINUTE);
    here.answer = () => delivered;
    retryDeadLetter(here.ports, ADMIN, readDeadLetters(here.ports.database, 1)[0]?.id ?? 0);
    await here.pass(MINUTE);
    expect(here.states()).toEqual(["resolved"]);
    expect(here.told).toContain("ops HighCpu firing");
    here.answer = (receiver) => (receiver === "ops" ? refused : delivered);
    news(here, "n2");
    await here.pass(MINUTE);
    expect(here.states()).toEqual(["firing", "resolved"]);
    discardDeadLetter(here.ports, ADMIN, readDeadLetters(here.ports.database, 1)[0]?.id ?? 0);
    expect(here.states()).toEqual(["resolved", "resolved"]);
    expect(discardDeadLetter(here.ports, ADMIN, 99)).toMatchObject({ ok: false, error: { code: "not_found" } });
  });
});

describe("a receiver that answers nothing", () => {
  it("for five minutes is news; a restart of it is not", async () => {
    const here = office();
    here.answer = (receiver) => (receiver === "ops" ? down : delivered);
    news(here, "n1");
    await here.pass(2 * MINUTE);
    expect(here.states()).toEqual([]);
    await here.pass(15 * MINUTE);
    expect(here.states()).toEqual(["firing"]);
    here.answer = () => delivered;
    await here.pass(10 * MINUTE);
    expect(here.states()).toEqual(["resolved"]);
    expect(here.told).toContain("ops HighCpu firing");
  });

  it("and is deleted is no longer missed", async () => {
    const here = office();
    here.answer = (receiver) => (receiver === "ops" ? down : delivered);
    news(here, "n1");
    await here.pass(20 * MINUTE);
    expect(here.states()).toEqual(["firing"]);
    deleteReceiver(here.ports, ADMIN, "ops");
    expect(here.states()).toEqual(["resolved"]);
  });
});

it("what became of a message stands in the trace of its alerts", async () => {
  const here = office();
  let answers = 0;
  here.answer = () => (answers++ === 0 ? down : delivered);
  news(here, "n1");
  await here.pass(MINUTE);
  expect(
    readTrace(here.ports, "alert of n1").stages.map(({ stage, receiver, decision, reason }) => [stage, receiver, decision, reason]),
  ).toEqual([
    ["deliver", "ops", "retrying", "the webhook integration could not be reached or is not ready: no answer within 10 s"],
    ["deliver", "ops", "delivered", "the webhook integration took it (200)"],
  ]);
});
