import { expect, test } from "vitest";
import { Outbox } from "../../worker/src/shard/outbox.ts";
import { PlanLog } from "../../worker/src/shard/plan-log.ts";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { transition } from "../support/alert-transition.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON, openStore } from "./open-store.ts";

class CountingDatabase extends NodeDatabase {
  statements = 0;
  mostParameters = 0;

  override run(sql: string, ...params: SqlValue[]): void {
    this.statements++;
    this.mostParameters = Math.max(this.mostParameters, params.length);
    super.run(sql, ...params);
  }
}

test("thousands of alerts that fire at once are written in some hundred statements, kept in order, and taken away as they are delivered", () => {
  const database = new CountingDatabase();
  openStore(database, NOON);
  const plans = new PlanLog(database);
  const names = Array.from({ length: 6000 }, (_, i) => `f${i}`);
  const transitions = names.map((fingerprint) => transition("inactive", "firing", NOON, { id: `${fingerprint}/firing`, fingerprint }));
  plans.add({ states: names.map((fingerprint, i) => ({ fingerprint, state: Uint8Array.of(i & 255) })), transitions, anomalies: [] });
  // What was told twice is sent once.
  plans.add({ states: [{ fingerprint: "f1", state: null }], transitions: transitions.slice(0, 100), anomalies: [] });
  database.statements = 0;
  plans.write(NOON);
  expect(database.statements).toBeLessThan(400);

  expect(plans.states()).toHaveLength(5999);
  expect(plans.states().find(({ fingerprint }) => fingerprint === "f258")?.state).toEqual(Uint8Array.of(2));
  const sent: string[] = [];
  while (plans.undelivered > 0) {
    const some = plans.outbox(250).map(({ id }) => id);
    plans.received(some);
    sent.push(...some);
  }
  expect(sent).toEqual(transitions.map(({ id }) => id));
  expect(new PlanLog(database).undelivered).toBe(0);
  // The platform takes no more.
  expect(database.mostParameters).toBeLessThanOrEqual(100);
});

test("a delivery of many lets others go first, the answer to the write that caused them before all; one of few goes at once", async () => {
  const database = new NodeDatabase();
  openStore(database, NOON);
  const plans = new PlanLog(database);
  const happened: string[] = [];
  const send = async (some: readonly { readonly id: string }[]): Promise<void> => void happened.push(`sent ${some.length}`);
  const wait = async (): Promise<void> => void happened.push("waited");
  const outbox = new Outbox(plans, send, wait);
  for (const count of [2, 500]) {
    const transitions = Array.from({ length: count }, (_, i) =>
      transition("inactive", "firing", NOON, { id: `${count}/${i}`, fingerprint: `f${i}` }),
    );
    plans.add({ states: [], transitions, anomalies: [] });
    plans.write(NOON);
    await outbox.deliver();
  }
  expect(happened).toEqual(["sent 2", "waited", "sent 200", "waited", "sent 200", "sent 100"]);
});
