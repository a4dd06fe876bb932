import type { RoutingForm } from "@sightline/shared/alerting/routing-form";
import { describe, expect, it } from "vitest";
import { advance, nextWakeAt, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { putReceiver } from "../../worker/src/project/receivers.ts";
import { putRoutes } from "../../worker/src/project/routing-actions.ts";
import { transition } from "../support/alert-transition.ts";
import { FailingDatabase } from "../support/node-database.ts";
import { openRecorded } from "./recorded-project.ts";
import { ADMIN } from "./project-in-memory.ts";

const ALERTS = 1000;
const timing = { group_wait: "1s", group_interval: "5s", repeat_interval: "4h" } as const;
const tree = (receiver: string): RoutingForm => ({
  route: { receiver: "ops", routes: [{ receiver, group_by: ["host_name"], ...timing }] },
});

function busyProject() {
  const { database, ports, clock } = openRecorded();
  for (const name of ["ops", "night"]) {
    const integrations = [{ type: "webhook", url: `https://${name}.example.org/`, sendResolved: true } as const];
    putReceiver(ports, ADMIN, { name, integrations }, { allowed: [] });
  }
  putRoutes(ports, ADMIN, tree("ops"));
  const fired = Array.from({ length: ALERTS }, (_, i) =>
    transition("pending", "firing", clock.now, { id: `t${i}`, fingerprint: `f${i}`, labels: { host_name: `h${i % 5}` } }),
  );
  receiveTransitions(ports, fired);
  clock.now += 2000;
  advance(ports);
  return { database, ports, clock };
}

const memberships = (database: ReturnType<typeof busyProject>["database"]): number =>
  database.all<{ count: number }>("SELECT count(*) AS count FROM group_alerts")[0]?.count ?? 0;

describe("new routes while a thousand alerts fire", () => {
  it("route them anew a slice at a time, nobody is told before all are, and nobody twice", () => {
    const { database, ports, clock } = busyProject();
    const toldOps = database.messages.length;
    expect(putRoutes(ports, ADMIN, tree("night")).ok).toBe(true);
    expect(memberships(database)).toBe(200);
    let slices = 1;
    while (memberships(database) < ALERTS) {
      expect(nextWakeAt(ports)).toBe(clock.now);
      clock.now += 2000;
      advance(ports);
      slices++;
    }
    expect(slices).toBe(5);
    clock.now += 2000;
    advance(ports);
    advance(ports);
    const told = database.messages.slice(toldOps);
    expect(told.map(({ receiver }) => receiver)).toEqual(Array.from({ length: 5 }, () => "night"));
    expect(told.reduce((sum, { alerts, truncatedAlerts }) => sum + alerts.length + truncatedAlerts, 0)).toBe(ALERTS);
  });

  it("go on where they had come to when the object dies meanwhile", () => {
    const { database, ports, clock } = busyProject();
    putRoutes(ports, ADMIN, tree("night"));
    const failing = new FailingDatabase(database, 50);
    expect(() => advance({ ...ports, database: failing })).toThrow();
    expect(memberships(database)).toBe(200);
    for (let i = 0; i < 10; i++) advance(ports);
    expect(memberships(database)).toBe(ALERTS);
    clock.now += 2000;
    advance(ports);
    expect(new Set(database.messages.slice(-5).map(({ receiver }) => receiver))).toEqual(new Set(["night"]));
  });

  it("tell nobody anew when only times change", () => {
    const { database, ports, clock } = busyProject();
    const before = database.messages.length;
    const form = tree("ops");
    putRoutes(ports, ADMIN, { ...form, route: { ...form.route, group_wait: "2s" } });
    for (let i = 0; i < 20; i++) {
      clock.now += 2000;
      advance(ports);
    }
    expect(database.messages).toHaveLength(before);
  });
});
