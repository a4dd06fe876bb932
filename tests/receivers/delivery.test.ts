import { describe, expect, it } from "vitest";
import { channelHealth } from "../../worker/src/alerting/channels.ts";
import { discardDeadLetter, readDeadLetters, retryDeadLetter } from "../../worker/src/alerting/dead-letters.ts";
import { readDeliveries } from "../../worker/src/alerting/delivery-log.ts";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import { anAlert } from "../support/an-alert.ts";
import { DeliveryDesk, aNotification, webhookTo } from "./delivery-desk.ts";

const down: DeliveryOutcome = { outcome: "failed", reason: "answered 500", status: 500 };
const delivered: DeliveryOutcome = { outcome: "delivered", status: 200 };
const MINUTE = 60_000;

const keys = (count: number, prefix = "n"): readonly string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe("a receiver that is down", () => {
  it("for ten minutes hears everything once it is back, in the order of each group, nothing lost", async () => {
    const desk = new DeliveryDesk();
    const tookAt: string[] = [];
    const backAt = desk.clock.now + 10 * MINUTE;
    desk.answer = ({ key }) => {
      if (desk.clock.now < backAt) return down;
      tookAt.push(key);
      return delivered;
    };
    for (let minute = 0; minute < 10; minute++) {
      for (const group of ["a", "b", "c"]) desk.put(aNotification(`${group}${minute}`, {}, group));
      await desk.pass(MINUTE);
    }
    expect(tookAt).toEqual([]);
    await desk.pass(6 * MINUTE);
    for (const group of ["a", "b", "c"]) {
      const told = tookAt.filter((key) => key.startsWith(group));
      expect(told).toEqual(keys(10, group));
    }
    expect(desk.nextDueAt).toBeNull();
    expect(readDeadLetters(desk.database, 10)).toEqual([]);
  });

  it("is asked less and less often: five failures open its circuit, then one probe at a time", async () => {
    const desk = new DeliveryDesk();
    desk.answer = () => down;
    desk.put(...keys(20).map((key) => aNotification(key, {}, key)));
    await desk.deliver();
    expect(desk.sent).toHaveLength(5);
    expect(channelHealth(desk.database, desk.clock.now)).toMatchObject([
      { circuit: "open", failures: 5, waiting: 20, error: "answered 500" },
    ]);
    await desk.pass(10 * MINUTE);
    expect(desk.sent.length).toBeLessThan(12);
    // Probes take turns, so that one message that breaks the receiver does not stand before all others.
    expect(new Set(desk.sent).size).toBe(desk.sent.length);
    desk.answer = () => delivered;
    await desk.pass(5 * MINUTE);
    expect(channelHealth(desk.database, desk.clock.now)).toMatchObject([{ circuit: "closed", failures: 0, waiting: 0 }]);
    expect(new Set(desk.sent).size).toBe(20);
  });

  it("for longer than a day leaves dead letters, which can be sent again or discarded", async () => {
    const desk = new DeliveryDesk();
    desk.answer = () => down;
    desk.put(aNotification("old", {}, "a"), aNotification("other", {}, "b"));
    await desk.pass(25 * 60 * MINUTE);
    expect(desk.nextDueAt).toBeNull();
    const letters = readDeadLetters(desk.database, 10);
    expect(letters.map(({ key, error }) => `${key}: ${error}`).toSorted()).toEqual(["old: answered 500", "other: answered 500"]);
    expect(desk.settled.filter(({ verdict }) => verdict === "failed")).toHaveLength(2);
    const id = (key: string): number => letters.find((letter) => letter.key === key)?.id ?? 0;
    discardDeadLetter(desk.database, id("other"));
    retryDeadLetter(desk.database, id("old"), desk.clock.now);
    desk.answer = () => delivered;
    await desk.pass(10 * MINUTE);
    expect(desk.sent.at(-1)).toBe("old");
    expect(readDeadLetters(desk.database, 10)).toEqual([]);
  });

  it("holds no other receiver up while it hangs", async () => {
    const desk = new DeliveryDesk();
    desk.receivers.set("other", { name: "other", integrations: [webhookTo(), webhookTo()] });
    let release: (outcome: DeliveryOutcome) => void = () => undefined;
    const hanging = new Promise<DeliveryOutcome>((resolve) => (release = resolve));
    desk.answer = ({ receiver }) => (receiver === "ops" ? hanging : delivered);
    desk.put(aNotification("slow"));
    desk.couriers.start();
    desk.put(aNotification("quick", { receiver: "other" }), aNotification("quick too", { receiver: "other", integration: 1 }));
    desk.couriers.start();
    await expect.poll(() => desk.sent.toSorted()).toEqual(["quick", "quick too", "slow"]);
    await expect.poll(() => [...desk.couriers.busy]).toEqual(["ops/0"]);
    release(delivered);
    await desk.couriers.rest();
    expect(desk.nextDueAt).toBeNull();
  });
});

describe("what a receiver answers", () => {
  it("429 with Retry-After is heeded by the whole channel and opens no circuit", async () => {
    const desk = new DeliveryDesk();
    desk.answer = () => ({ outcome: "failed", reason: "answered 429", status: 429, retryAfterMs: 90_000, busy: true });
    desk.put(aNotification("a", {}, "a"), aNotification("b", {}, "b"));
    expect(await desk.deliver()).toEqual(["a"]);
    expect(desk.nextDueAt).toBe(desk.clock.now + 90_000);
    expect(channelHealth(desk.database, desk.clock.now)).toMatchObject([
      { circuit: "closed", failures: 0, waitsUntil: desk.clock.now + 90_000 },
    ]);
    desk.answer = () => delivered;
    await desk.pass(89_000);
    expect(desk.sent).toEqual(["a"]);
    await desk.pass(10_000);
    expect(desk.sent.slice(1).toSorted()).toEqual(["a", "b"]);
  });

  it("429 without Retry-After makes the channel wait longer each time", async () => {
    const desk = new DeliveryDesk();
    desk.answer = () => ({ outcome: "failed", reason: "answered 429", status: 429, busy: true });
    desk.put(...keys(30).map((key) => aNotification(key, {}, key)));
    await desk.pass(2 * MINUTE);
    expect(desk.sent.length).toBeLessThan(130);
    expect(desk.settled.every(({ verdict }) => verdict === "retrying")).toBe(true);
  });

  it("a fault of our own in a message is a failure of that message, and the others go", async () => {
    const desk = new DeliveryDesk();
    desk.answer = ({ key }) => {
      if (key === "faulty") throw new Error("no such field");
      return delivered;
    };
    desk.put(aNotification("faulty", {}, "a"), aNotification("good", {}, "b"));
    expect(await desk.deliver()).toEqual(["faulty", "good"]);
    expect(desk.settled).toMatchObject([
      { verdict: "retrying", reason: expect.stringContaining("no such field") },
      { verdict: "delivered" },
    ]);
  });

  it("a refusal buries that message and lets the next through", async () => {
    const desk = new DeliveryDesk();
    desk.answer = ({ key }) => (key === "bad" ? { outcome: "refused", reason: "answered 400: invalid_payload", status: 400 } : delivered);
    desk.put(aNotification("bad"), aNotification("good"));
    expect(await desk.deliver()).toEqual(["bad", "good"]);
    expect(readDeadLetters(desk.database, 10)).toMatchObject([{ key: "bad", error: "answered 400: invalid_payload", alerts: ["HighCpu"] }]);
  });

  it("is in the log, newest first, with what it took", async () => {
    const desk = new DeliveryDesk();
    desk.answer = () => {
      desk.clock.now += 250;
      return desk.sent.length === 1 ? down : delivered;
    };
    desk.put(aNotification("n"));
    await desk.pass(MINUTE);
    expect(readDeliveries(desk.database, "ops", 10)).toMatchObject([
      { key: "n", type: "webhook", outcome: "delivered", status: 200, attempts: 2, durationMs: 250, error: null },
      { key: "n", type: "webhook", outcome: "failed", status: 500, attempts: 1, durationMs: 250, error: "answered 500" },
    ]);
  });

  it("stays in the log up to a bound", async () => {
    const desk = new DeliveryDesk();
    desk.receivers.set("ops", { name: "ops", integrations: [{ ...webhookTo(), maxPerMinute: 6000 }] });
    for (const key of keys(600)) {
      desk.put(aNotification(key));
      await desk.deliver();
    }
    expect(readDeliveries(desk.database, "ops", 1000)).toHaveLength(500);
  });
});

describe("a limit a minute", () => {
  it("lets a minute's worth go; the rest waits, and of one group becomes one message with every alert in it", async () => {
    const desk = new DeliveryDesk();
    desk.receivers.set("ops", { name: "ops", integrations: [{ ...webhookTo(), maxPerMinute: 3 }] });
    const told: string[] = [];
    desk.answer = ({ alerts }) => {
      told.push(...alerts.map(({ id, state }) => `${id} ${state}`));
      return delivered;
    };
    for (const key of keys(3)) desk.put(aNotification(key, {}, key));
    desk.put(aNotification("x1", { alerts: [anAlert({ id: "x", state: "firing" })] }, "storm"));
    desk.put(aNotification("x2", { alerts: [anAlert({ id: "y", state: "firing" })] }, "storm"));
    desk.put(aNotification("x3", { alerts: [anAlert({ id: "x", state: "resolved" })] }, "storm"));
    expect(await desk.deliver()).toEqual(keys(3));
    expect(desk.nextDueAt).toBe(desk.clock.now + 20_000);
    await desk.pass(MINUTE);
    expect(desk.sent.slice(3)).toEqual(["x3"]);
    expect(told.slice(3)).toEqual(["y firing", "x resolved"]);
    expect(readDeliveries(desk.database, "ops", 3)).toMatchObject([
      { key: "x3", outcome: "delivered" },
      { key: "x2", outcome: "merged" },
      { key: "x1", outcome: "merged" },
    ]);
  });

  it("a message on its way is not merged with what comes meanwhile", async () => {
    const desk = new DeliveryDesk();
    let release: (outcome: DeliveryOutcome) => void = () => undefined;
    desk.answer = () => new Promise((resolve) => (release = resolve));
    desk.put(aNotification("first"));
    desk.couriers.start();
    await expect.poll(() => desk.sent).toEqual(["first"]);
    desk.put(...keys(10).map((key) => aNotification(key)));
    desk.answer = () => delivered;
    release(delivered);
    await desk.couriers.rest();
    expect(desk.sent).toEqual(["first", "n9"]);
  });
});

describe("who is told", () => {
  it("nothing goes to an integration that is gone, and the log says so", async () => {
    const desk = new DeliveryDesk();
    desk.put(aNotification("n", { integration: 3 }));
    expect(await desk.deliver()).toEqual([]);
    expect(readDeliveries(desk.database, "ops", 1)).toMatchObject([{ key: "n", outcome: "dropped" }]);
    expect(desk.nextDueAt).toBeNull();
  });

  it("an integration that wants no resolved alerts hears of those that fire", async () => {
    const desk = new DeliveryDesk();
    desk.receivers.set("ops", { name: "ops", integrations: [{ ...webhookTo(), sendResolved: false }] });
    const told: (readonly string[])[] = [];
    desk.answer = ({ alerts }) => {
      told.push(alerts.map(({ id }) => id));
      return delivered;
    };
    desk.put(aNotification("both", { alerts: [anAlert({ id: "a" }), anAlert({ id: "b", state: "resolved" })] }));
    desk.put(aNotification("over", { status: "resolved", alerts: [anAlert({ id: "a", state: "resolved" })] }));
    await desk.deliver();
    expect(told).toEqual([["a"]]);
  });

  it("a receiver is not told of its own failing", async () => {
    const desk = new DeliveryDesk();
    desk.receivers.set("other", { name: "other", integrations: [webhookTo()] });
    const alerts = [anAlert({ name: "SightlineNotificationsFailing", labels: { receiver: "ops" } })];
    desk.put(aNotification("to itself", { alerts }), aNotification("to another", { receiver: "other", alerts }));
    expect(await desk.deliver()).toEqual(["to another"]);
  });
});
