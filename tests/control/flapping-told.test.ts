import type { AlertRule } from "@sightline/shared/model/rule";
import { describe, expect, it } from "vitest";
import { advance, nextWakeAt, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { putReceiver } from "../../worker/src/project/receivers.ts";
import { StoredSeries, groupOf } from "../rules/stored-series.ts";
import { alertRule } from "../support/alert-rule.ts";
import { openRecorded } from "./recorded-project.ts";
import { ADMIN } from "./project-in-memory.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const START = 1_700_000_000_000;
const OPS = { name: "ops", integrations: [{ type: "webhook" as const, url: "https://ops.example.org/", sendResolved: true }] };

/** What a receiver is told of one series by the whole way from its samples, with the routes a project begins with. */
function told(rule: AlertRule, durationMs: number, value: (elapsedMs: number) => number): readonly string[] {
  const { database, ports, clock } = openRecorded();
  clock.now = START;
  putReceiver(ports, ADMIN, OPS, { allowed: [] });
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure(groupOf(rule));
  for (let elapsed = 0; elapsed <= durationMs; elapsed += 5 * SECOND) {
    clock.now = START + elapsed;
    shard.append({ __name__: "cpu", host_name: "h1" }, clock.now, value(elapsed));
    receiveTransitions(ports, [...shard.finish().transitions, ...shard.tick(clock.now).transitions]);
    database.run("DELETE FROM outbox");
    database.run("UPDATE shards SET config_version = 1000000");
    if ((nextWakeAt(ports) ?? Number.POSITIVE_INFINITY) <= clock.now) advance(ports);
  }
  return database.messages.map(({ status }) => status);
}

const flaps = (elapsed: number): number => (elapsed % (40 * SECOND) < 20 * SECOND ? 95 : 50);

describe("a series that flaps with a period of 40 s for an hour", () => {
  it.each([5 * 60 * SECOND, 0])("is told of at most three times, with a cooldown of %i ms", (cooldownMs) => {
    const messages = told(alertRule("Busy", "cpu > 90", { cooldownMs }), HOUR, flaps);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.length).toBeLessThanOrEqual(3);
  });

  it("is told of when it has kept still, as it is then", () => {
    const breaksForGood = (elapsed: number): number => (elapsed < HOUR ? flaps(elapsed) : 97);
    expect(told(alertRule("Busy", "cpu > 90"), 2 * HOUR, breaksForGood).at(-1)).toBe("firing");
    const recovers = (elapsed: number): number => (elapsed < HOUR ? flaps(elapsed) : 10);
    const messages = told(alertRule("Busy", "cpu > 90"), 2 * HOUR, recovers);
    expect(messages.length).toBeLessThanOrEqual(3);
    expect(messages.at(-1)).toBe("resolved");
  });

  it("with the `for` that the alert suggests is told of no more, while a real step is", () => {
    const rule = alertRule("Busy", "cpu > 90", { forMs: 30 * SECOND });
    expect(told(rule, HOUR, flaps)).toEqual([]);
    expect(told(rule, HOUR, (elapsed) => (elapsed < HOUR / 2 ? flaps(elapsed) : 97))).toEqual(["firing"]);
  });
});
