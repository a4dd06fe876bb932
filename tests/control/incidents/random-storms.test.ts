import type { Labels } from "@sightline/shared/model/labels";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveByHand } from "../../../worker/src/project/alert-actions.ts";
import { declareDependencies } from "../../../worker/src/project/incidents/declared.ts";
import { mergeIncidents, splitIncident } from "../../../worker/src/project/incidents/incident-actions.ts";
import { readIncident, readIncidents } from "../../../worker/src/project/incidents/incident-views.ts";
import { advance, readAlerts, receiveTransitions } from "../../../worker/src/project/project-core.ts";
import { putReceiver } from "../../../worker/src/project/receivers.ts";
import { transition } from "../../support/alert-transition.ts";
import { ADMIN } from "../project-in-memory.ts";
import { openRecorded } from "../recorded-project.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const subject: fc.Arbitrary<Labels> = fc
  .record({ service: fc.integer({ min: 0, max: 4 }), host: fc.integer({ min: 0, max: 2 }), what: fc.integer({ min: 0, max: 3 }) })
  .map(({ service, host, what }): Labels => {
    const [service_name, host_name] = [`s${service}`, `h${host}`];
    return [{ service_name, host_name }, { service_name }, { host_name }, { server_address: `db${host}` }][what] ?? {};
  });
const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("fire" as const), rule: fc.integer({ min: 0, max: 2 }), subject, isDown: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("end" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("by hand" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("merge" as const), which: fc.nat(), other: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("split" as const), which: fc.nat(), alert: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1000, MINUTE, 6 * MINUTE) }) },
);

interface Firing {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly activeAt: number;
  readonly isDown: boolean;
}

/** Runs the events and gives the project, checked against what a plain count says after each. */
function run(events: readonly (typeof event extends fc.Arbitrary<infer Event> ? Event : never)[]) {
  const { database, ports, clock } = openRecorded();
  clock.now = 100 * DAY;
  const webhook = { type: "webhook", url: "https://ops.example.org/", sendResolved: true } as const;
  putReceiver(ports, ADMIN, { name: "ops", integrations: [webhook] }, { allowed: [] });
  for (let i = 0; i < 4; i++) declareDependencies(ports, ADMIN, { service: `s${i}`, dependsOn: [`s${i + 1}`, `db${i % 3}`], runsOn: [] });
  const firing = new Map<string, Firing>();
  const step = ({ fingerprint, labels, activeAt, isDown }: Firing, to: "firing" | "resolved"): void =>
    receiveTransitions(ports, [
      transition(to === "firing" ? "inactive" : "firing", to, clock.now, {
        id: `${fingerprint}/${activeAt}/${to}`,
        fingerprint,
        rule: fingerprint,
        labels,
        activeAt,
        annotations: isDown ? { means: "down" } : {},
      }),
    ]);
  const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
  const all = () => readIncidents(ports, { limit: 1000 });
  const end = (one: Firing): void => {
    firing.delete(one.fingerprint);
    step(one, "resolved");
  };
  const pass = (ms: number): void => {
    for (const until = clock.now + ms; clock.now < until; clock.now = Math.min(until, clock.now + MINUTE)) advance(ports);
    advance(ports);
  };
  const counted = (): void => {
    const alerts = readAlerts(ports, { limit: 1000 });
    const listed = all().flatMap(({ id }) => readIncident(ports, id)?.alerts ?? []);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
    for (const incident of all()) {
      const own = alerts.filter(({ incidentId }) => incidentId === incident.id);
      const open = own.filter(({ state }) => state !== "resolved").length;
      expect(incident).toMatchObject({ alertCount: own.length, openCount: open, state: open > 0 ? "open" : "resolved" });
      expect(readIncident(ports, incident.id)?.alerts).toHaveLength(own.length);
    }
  };
  for (const now of events) {
    clock.now += 1000;
    if (now.kind === "fire") {
      const fingerprint = `r${now.rule}${Object.values(now.subject).join("")}`;
      if (firing.has(fingerprint)) continue;
      const one = { fingerprint, labels: now.subject, activeAt: clock.now, isDown: now.isDown };
      firing.set(fingerprint, one);
      step(one, "firing");
    } else if (now.kind === "end") {
      const one = pick([...firing.values()], now.which);
      if (one !== undefined) end(one);
    } else if (now.kind === "by hand") {
      const one = pick([...firing.values()], now.which);
      if (one !== undefined) resolveByHand(ports, ADMIN, `${one.fingerprint}-${one.activeAt.toString(36)}`);
    } else if (now.kind === "merge") {
      const [one, other] = [pick(all(), now.which), pick(all(), now.other)];
      if (one !== undefined && other !== undefined) mergeIncidents(ports, ADMIN, one.id, other.id);
    } else if (now.kind === "split") {
      const one = pick(all(), now.which);
      const alert = one === undefined ? undefined : pick(readIncident(ports, one.id)?.alerts ?? [], now.alert);
      if (one !== undefined && alert !== undefined) splitIncident(ports, ADMIN, one.id, [alert.id]);
    } else pass(now.ms);
    counted();
  }
  return { database, ports, firing, end, pass, all, counted };
}

test("an alert is in one incident at most, whose counts are true; with the last of its alerts an incident is over", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const { firing, end, all, counted } = run(events);
      for (const one of firing.values()) end(one);
      counted();
      expect(all().filter(({ state }) => state === "open")).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("nothing is held for ever: once nothing is down any more, all that fires has been told", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const { database, ports, firing, end, pass } = run(events);
      for (const one of [...firing.values()].filter(({ isDown }) => isDown)) end(one);
      pass(20 * MINUTE);
      const told = new Set(database.messages.flatMap(({ alerts }) => alerts.map(({ id }) => id)));
      const untold = readAlerts(ports, { states: ["firing"], limit: 1000 }).filter(({ id }) => !told.has(id));
      expect(untold.map(({ name }) => name)).toEqual([]);
    }),
    { numRuns: 40 },
  );
});
