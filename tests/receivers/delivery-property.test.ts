import fc from "fast-check";
import { expect, it } from "vitest";
import { readDeadLetters } from "../../worker/src/alerting/dead-letters.ts";
import type { DeliveryOutcome } from "../../worker/src/alerting/delivery-outcome.ts";
import type { GroupNotification } from "../../worker/src/alerting/group-notification.ts";
import { anAlert } from "../support/an-alert.ts";
import { DeliveryDesk, aNotification, webhookTo } from "./delivery-desk.ts";

type Event =
  | { readonly kind: "news"; readonly group: number }
  | { readonly kind: "time"; readonly ms: number }
  /** How the receiver answers from now on. */
  | { readonly kind: "answer"; readonly outcome: "delivered" | "failed" | "busy" | "lost" };

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("news" as const), group: fc.integer({ min: 0, max: 3 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("answer" as const), outcome: fc.constantFrom("delivered", "failed", "busy", "lost") }),
    },
  ),
  { maxLength: 60 },
);

const ANSWERS: Readonly<Record<"delivered" | "failed" | "busy", DeliveryOutcome>> = {
  delivered: { outcome: "delivered", status: 200 },
  failed: { outcome: "failed", reason: "answered 500", status: 500 },
  busy: { outcome: "failed", reason: "answered 429", status: 429, retryAfterMs: 5_000, busy: true },
};

/** The n-th news of a group: its one alert has come to the value n. */
const nth = (group: number, n: number): GroupNotification =>
  aNotification(`${group}-${n}`, { alerts: [anAlert({ id: `alert ${group}`, value: n })] }, `group ${group}`);

it("whatever the receiver does and however often the object dies, each group's news arrives in order and the last of it always", async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 2, max: 60 }), async (given, maxPerMinute) => {
      const desk = new DeliveryDesk();
      desk.receivers.set("ops", { name: "ops", integrations: [{ ...webhookTo(), maxPerMinute }] });
      const said = [0, 0, 0, 0];
      const heard: number[][] = [[], [], [], []];
      let mood: "delivered" | "failed" | "busy" | "lost" = "delivered";
      desk.answer = ({ groupKey, alerts }) => {
        const arrived = mood === "delivered" || mood === "lost";
        if (arrived) heard[Number(groupKey.slice(6))]?.push(alerts[0]?.value ?? 0);
        if (mood !== "lost") return ANSWERS[mood];
        // It arrived, and the object died before it knew.
        mood = "delivered";
        queueMicrotask(() => desk.crash());
        return new Promise(() => undefined);
      };
      const pass = async (ms: number): Promise<void> => {
        const end = desk.clock.now + ms;
        for (;;) {
          const next = desk.nextDueAt;
          if (next === null || next > end) break;
          desk.clock.now = Math.max(desk.clock.now, next);
          const couriers = desk.couriers;
          couriers.start();
          await Promise.race([couriers.rest(), new Promise<void>((resolve) => setImmediate(resolve))]);
        }
        desk.clock.now = end;
      };
      for (const event of given) {
        if (event.kind === "time") await pass(event.ms);
        else if (event.kind === "answer") mood = event.outcome;
        else desk.put(nth(event.group, (said[event.group] = (said[event.group] ?? 0) + 1)));
      }
      mood = "delivered";
      await pass(3_600_000);
      expect(desk.nextDueAt).toBeNull();
      expect(readDeadLetters(desk.database, 10)).toEqual([]);
      heard.forEach((values, group) => {
        expect(values).toEqual(values.toSorted((left, right) => left - right));
        expect(values.at(-1) ?? 0).toBe(said[group]);
      });
      // Twice is only what arrived unbeknownst.
      expect(heard.flat().length).toBeLessThanOrEqual(said.reduce((sum, count) => sum + count, 0) + given.length);
    }),
    { numRuns: 300 },
  );
});
