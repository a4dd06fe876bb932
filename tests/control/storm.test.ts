import type { AlertTransition } from "@sightline/shared/model/alert";
import { describe, expect, it } from "vitest";
import { advance, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { putReceiver } from "../../worker/src/project/receivers.ts";
import { readTrace } from "../../worker/src/project/trace.ts";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { transition } from "../support/alert-transition.ts";
import { ADMIN } from "./project-in-memory.ts";
import { RecordingDatabase } from "./pipeline/recording-database.ts";
import { openRecorded } from "./recorded-project.ts";

const ALERTS = 10_000;
const BATCH = 500;
/** Tables that grow with the number of alerts. */
const LARGE = /^SCAN (?:alerts|group_alerts|trace|received|outbox|told)\b(?! USING (?:COVERING )?INDEX)/;

/** Counts statements, and remembers each kind. */
class CountingDatabase extends RecordingDatabase {
  statements = 0;
  readonly kinds = new Map<string, number>();

  #count(sql: string, params: readonly SqlValue[]): void {
    this.statements++;
    this.kinds.set(sql, params.length);
  }

  override all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[] {
    this.#count(sql, params);
    return super.all<Row>(sql, ...params);
  }

  override run(sql: string, ...params: SqlValue[]): void {
    this.#count(sql, params);
    super.run(sql, ...params);
  }
}

function stormyProject() {
  const { database, ports, clock } = openRecorded(new CountingDatabase());
  putReceiver(
    ports,
    ADMIN,
    { name: "ops", integrations: [{ type: "webhook", url: "https://ops.example.org/", sendResolved: true }] },
    { allowed: [] },
  );
  // Migrations rewrite whole tables, once.
  database.kinds.clear();
  return { database, ports, clock };
}

const steps = (from: number, to: "firing" | "resolved", at: number): readonly AlertTransition[] =>
  Array.from({ length: BATCH }, (_, i) =>
    transition(to === "firing" ? "pending" : "firing", to, at, {
      id: `${from + i}-${to}`,
      fingerprint: `f${from + i}`,
      labels: { host_name: `h${from + i}` },
    }),
  );

describe("a storm of 10,000 alerts within seconds", { timeout: 120_000 }, () => {
  const { database, ports, clock } = stormyProject();
  const perBatch: number[] = [];

  it("costs each alert the same, however many there are already", () => {
    for (let from = 0; from < ALERTS; from += BATCH) {
      const before = database.statements;
      receiveTransitions(ports, steps(from, "firing", clock.now));
      perBatch.push(database.statements - before);
      clock.now += 100;
    }
    const [first = 0] = perBatch;
    expect(Math.max(...perBatch)).toBeLessThanOrEqual(first);
    expect(first / BATCH).toBeLessThan(20);
  });

  it("becomes one message that names the first 500 and counts the rest", () => {
    clock.now += 10_000;
    advance(ports);
    expect(database.messages).toMatchObject([{ receiver: "ops", status: "firing", truncatedAlerts: ALERTS - 500 }]);
    expect(database.messages[0]?.alerts).toHaveLength(500);
    const left = database.messages[0]?.alerts.map(({ id }) => id) ?? [];
    const counted = `f${ALERTS - 1}-${(1_000).toString(36)}`;
    expect(left).not.toContain(counted);
    expect(readTrace(ports, counted).stages.at(-1)).toMatchObject({
      stage: "deliver",
      decision: "queued",
      reason: "told as firing, counted among those that found no room",
    });
  });

  it("costs the others nothing when one more joins them", () => {
    clock.now += 300_000;
    receiveTransitions(ports, steps(ALERTS, "firing", clock.now).slice(0, 1));
    clock.now += 10_000;
    database.traces.clear();
    advance(ports);
    expect(database.messages.map(({ reason }) => reason)).toEqual(["new", "changed"]);
    expect([...database.traces.keys()]).toEqual([`f${ALERTS}-${(1_000).toString(36)}`]);
  });

  it("ends in one message more", () => {
    for (let from = 0; from <= ALERTS; from += BATCH) receiveTransitions(ports, steps(from, "resolved", clock.now));
    clock.now += 300_000;
    advance(ports);
    expect(database.messages.slice(2).map(({ status }) => status)).toEqual(["resolved"]);
    expect(database.all("SELECT count(*) AS left FROM group_alerts")).toEqual([{ left: 0 }]);
  });

  it("finds every row by an index", () => {
    const plans = [...database.kinds]
      .filter(([sql]) => /^\s*(?:SELECT|UPDATE|DELETE)/.test(sql))
      .flatMap(([sql, params]) =>
        database
          .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...Array.from({ length: params }, () => 1))
          .map(({ detail }) => ({ sql, detail })),
      );
    expect(plans.filter(({ detail }) => LARGE.test(detail))).toEqual([]);
  });
});
