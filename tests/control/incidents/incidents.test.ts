import type { AlertTransition } from "@sightline/shared/model/alert";
import type { Labels } from "@sightline/shared/model/labels";
import { describe, expect, it } from "vitest";
import { resolveByHand } from "../../../worker/src/project/alert-actions.ts";
import { declareDependencies, switchSuppression, takeBackDependencies } from "../../../worker/src/project/incidents/declared.ts";
import { reportDeploy } from "../../../worker/src/project/incidents/deploy-report.ts";
import * as actions from "../../../worker/src/project/incidents/incident-actions.ts";
import { readIncident, readIncidents } from "../../../worker/src/project/incidents/incident-views.ts";
import { learnTopology } from "../../../worker/src/project/incidents/learning.ts";
import { advance, openProject, readAlert, readAlerts, receiveTransitions } from "../../../worker/src/project/project-core.ts";
import { prune } from "../../../worker/src/project/prune.ts";
import { putReceiver } from "../../../worker/src/project/receivers.ts";
import { readTrace } from "../../../worker/src/project/trace.ts";
import { transition } from "../../support/alert-transition.ts";
import { ADMIN } from "../project-in-memory.ts";
import { openRecorded } from "../recorded-project.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const DAY = 86_400_000;

function incidentProject() {
  const { database, ports, clock } = openRecorded();
  clock.now = 100 * DAY;
  const webhook = { type: "webhook", url: "https://ops.example.org/", sendResolved: true } as const;
  putReceiver(ports, ADMIN, { name: "ops", integrations: [webhook] }, { allowed: [] });
  const active = new Map<string, number>();
  const step = (name: string, labels: Labels, to: "firing" | "resolved", more: Partial<AlertTransition>): AlertTransition => {
    const fingerprint = JSON.stringify([name, labels]).replaceAll(/\W/g, "");
    if (to === "firing") active.set(fingerprint, clock.now);
    const activeAt = active.get(fingerprint) ?? clock.now;
    const id = `${fingerprint}-${activeAt}-${to}`;
    return transition(to === "firing" ? "inactive" : "firing", to, clock.now, { id, fingerprint, rule: name, labels, activeAt, ...more });
  };
  const send = (made: AlertTransition): string => {
    receiveTransitions(ports, [made]);
    return `${made.fingerprint}-${made.activeAt.toString(36)}`;
  };
  return {
    database,
    ports,
    clock,
    fire: (name: string, labels: Labels, more: Partial<AlertTransition> = {}) => send(step(name, labels, "firing", more)),
    down: (name: string, labels: Labels) => send(step(name, labels, "firing", { annotations: { means: "down" } })),
    over: (name: string, labels: Labels, more: Partial<AlertTransition> = {}) => send(step(name, labels, "resolved", more)),
    pass: (ms: number): void => {
      for (const until = clock.now + ms; clock.now < until; clock.now += SECOND) advance(ports);
      advance(ports);
    },
    incidents: () => readIncidents(ports, { limit: 1000 }),
    one: () => {
      const [only, ...others] = readIncidents(ports, { limit: 10 });
      expect(others).toEqual([]);
      const incident = only === undefined ? null : readIncident(ports, only.id);
      if (incident === null) throw new Error("there is no incident");
      return incident;
    },
    /** Names that messages told of as firing. */
    told: () => database.messages.flatMap(({ alerts }) => alerts.filter(({ state }) => state === "firing").map(({ name }) => name)),
  };
}

describe("alerts that begin together", () => {
  it("of twenty unrelated things within a minute are twenty alerts and no incident", () => {
    const { clock, ports, fire, incidents } = incidentProject();
    for (let i = 0; i < 20; i++) {
      fire("HighLatency", { service_name: `s${i}`, host_name: `h${i}`, instance: `h${i}:80`, deployment_environment_name: "prod" });
      clock.now += 3 * SECOND;
    }
    expect(incidents()).toEqual([]);
    expect(readAlerts(ports, { limit: 100 }).filter(({ incidentId }) => incidentId !== undefined)).toEqual([]);
  });

  it("under one dead host are one incident, whose cause is the host however late it was noticed", () => {
    const { clock, ports, fire, down, one } = incidentProject();
    const ids = [];
    for (let i = 0; i < 30; i++) {
      ids.push(fire("HighLatency", { service_name: `s${i}`, host_name: "h1", instance: `h1:${i}` }));
      clock.now += SECOND;
    }
    ids.push(down("AgentSilent", { sender: "4f", host_name: "h1" }));
    const incident = one();
    expect(incident).toMatchObject({
      state: "open",
      alertCount: 31,
      openCount: 31,
      title: "AgentSilent on h1 and 30 more alerts",
      cause: {
        alert: { name: "AgentSilent" },
        deploy: null,
        reason: "30 of the other 30 alerts follow from AgentSilent by what runs on what.",
      },
    });
    expect(ids.map((id) => readAlert(ports, id)?.incidentId)).toEqual(ids.map(() => incident.id));
    expect(incident.timeline.map(({ kind }) => kind)).toEqual(ids.map(() => "fired"));
  });

  it("stood alone until what they all need was noticed to be down", () => {
    const { fire, down, one, incidents, ports } = incidentProject();
    declareDependencies(ports, ADMIN, { service: "shop", dependsOn: ["db-1"], runsOn: [] });
    declareDependencies(ports, ADMIN, { service: "billing", dependsOn: ["db-1"], runsOn: [] });
    fire("Errors", { service_name: "shop" });
    fire("Slow", { service_name: "shop" });
    fire("Errors", { service_name: "billing" });
    expect(incidents()).toHaveLength(1);
    down("DatabaseDown", { server_address: "db-1" });
    expect(one()).toMatchObject({ alertCount: 4, cause: { alert: { name: "DatabaseDown" } } });
  });

  it("of one rule that comes and goes are no incident; the next one an hour later is another", () => {
    const { clock, fire, over, incidents } = incidentProject();
    for (let i = 0; i < 3; i++) {
      fire("Flaps", { host_name: "h1" });
      clock.now += MINUTE;
      over("Flaps", { host_name: "h1" });
    }
    expect(incidents()).toEqual([]);
    clock.now += 60 * MINUTE;
    fire("Disk", { host_name: "h1" });
    expect(incidents()).toEqual([]);
    clock.now += MINUTE;
    fire("Cpu", { host_name: "h1" });
    expect(incidents()).toHaveLength(1);
  });

  it("are no incident that grows all day", () => {
    const { clock, fire, incidents } = incidentProject();
    for (let i = 0; i < 100; i++) {
      fire(`Rule${i}`, { host_name: "h1" });
      clock.now += 4 * MINUTE;
    }
    expect(incidents().length).toBeGreaterThan(4);
    expect(Math.max(...incidents().map(({ startedAt, newestAt }) => newestAt - startedAt))).toBeLessThanOrEqual(60 * MINUTE);
  });

  it("end their incident with the last of them, and open it again when it goes on", () => {
    const { clock, fire, over, one } = incidentProject();
    fire("Disk", { host_name: "h1" });
    fire("Cpu", { host_name: "h1" });
    clock.now += MINUTE;
    over("Disk", { host_name: "h1" });
    expect(one()).toMatchObject({ state: "open", openCount: 1 });
    over("Cpu", { host_name: "h1" });
    expect(one()).toMatchObject({ state: "resolved", openCount: 0, resolvedAt: clock.now });
    clock.now += MINUTE;
    fire("Memory", { host_name: "h1" });
    expect(one()).toMatchObject({ state: "open", openCount: 1, alertCount: 3, resolvedAt: null });
  });

  it("and ended in one message are counted as what they are", () => {
    const { ports, clock, one } = incidentProject();
    const both = (rule: string): readonly AlertTransition[] =>
      (["firing", "resolved"] as const).map((to) =>
        transition(to === "firing" ? "inactive" : "firing", to, clock.now, {
          id: `${rule}-${to}`,
          fingerprint: rule,
          rule,
          labels: { host_name: "h1" },
          activeAt: clock.now,
        }),
      );
    const [[diskFires, diskEnds], [cpuFires]] = [both("Disk"), both("Cpu")];
    receiveTransitions(
      ports,
      [diskFires, cpuFires, diskEnds].filter((each) => each !== undefined),
    );
    expect(one()).toMatchObject({ state: "open", alertCount: 2, openCount: 1 });
  });

  it("name the deploy before them as the suspect, also when it is reported late", () => {
    const { ports, clock, fire, one } = incidentProject();
    fire("Errors", { service_name: "shop" });
    fire("Slow", { service_name: "shop" });
    expect(one().cause?.deploy).toBeNull();
    reportDeploy(ports, ADMIN, { service: "shop", version: "1.4.2", author: "ada", at: clock.now - 5 * MINUTE });
    expect(one()).toMatchObject({
      cause: {
        deploy: { version: "1.4.2" },
        reason: "Errors was the first of 2 related alerts; shop 1.4.2 was deployed 5 min before the first alert.",
      },
      timeline: [{ kind: "deploy", text: "shop 1.4.2 was deployed by ada" }, { kind: "fired" }, { kind: "fired" }],
    });
  });
});

describe("what people do about an incident", () => {
  function storm() {
    const project = incidentProject();
    const ids = ["Disk", "Cpu", "Memory"].map((name) => {
      project.clock.now += SECOND;
      return project.fire(name, { host_name: "h1" });
    });
    return { ...project, ids };
  }

  it("acknowledges and resolves all of it", () => {
    const { ports, one } = storm();
    const { id } = one();
    expect(actions.acknowledgeIncident(ports, ADMIN, id, "on it")).toMatchObject({ ok: true, value: { acknowledged: 3 } });
    expect(one().alerts.map(({ state }) => state)).toEqual(["acknowledged", "acknowledged", "acknowledged"]);
    expect(actions.resolveIncident(ports, ADMIN, id)).toMatchObject({ ok: true, value: { resolved: 3, incident: { state: "resolved" } } });
    expect(actions.resolveIncident(ports, ADMIN, "none")).toMatchObject({ ok: false, error: { code: "not_found" } });
  });

  it("names it, notes what happens and what was learned", () => {
    const { ports, one } = storm();
    const { id } = one();
    actions.noteIncident(ports, ADMIN, id, "called the data centre");
    actions.writeIncident(ports, ADMIN, id, { title: "Fan broke", postMortem: "Buy fans." });
    expect(one()).toMatchObject({ title: "Fan broke", postMortem: "Buy fans." });
    expect(one().timeline.at(-1)).toMatchObject({ kind: "note", text: "admin: called the data centre" });
    actions.writeIncident(ports, ADMIN, id, { title: "" });
    expect(one()).toMatchObject({ title: "Disk on h1 and 2 more alerts", postMortem: "Buy fans." });
  });

  it("takes alerts out, and puts two together", () => {
    const { ports, ids, one, incidents } = storm();
    const { id } = one();
    const [disk = ""] = ids;
    expect(actions.splitIncident(ports, ADMIN, id, ids)).toMatchObject({ ok: false, error: { code: "conflict" } });
    expect(actions.splitIncident(ports, ADMIN, id, ["strange"])).toMatchObject({ ok: false, error: { code: "not_found" } });
    const split = actions.splitIncident(ports, ADMIN, id, [disk]);
    expect(split).toMatchObject({
      ok: true,
      value: { incident: { alertCount: 1, title: "Disk on h1" }, left: { alertCount: 2, title: "Cpu on h1 and 1 more alert" } },
    });
    if (!split.ok) return;
    const other = split.value.incident.id;
    expect(readAlert(ports, disk)?.incidentId).toBe(other);
    resolveByHand(ports, ADMIN, disk);
    expect(readIncident(ports, other)).toMatchObject({ state: "resolved" });
    expect(actions.mergeIncidents(ports, ADMIN, id, other)).toMatchObject({
      ok: true,
      value: { alertCount: 3, openCount: 2, state: "open" },
    });
    expect(readAlert(ports, disk)?.incidentId).toBe(id);
    expect(incidents()).toHaveLength(1);
  });

  it("is there after a restart, and gone 90 days after its end", () => {
    const { database, ports, clock, ids, one, incidents, pass } = storm();
    const { id } = one();
    actions.writeIncident(ports, ADMIN, id, { title: "Fan broke" });
    const { project: _, ...surroundings } = ports;
    expect(readIncident(openProject(surroundings, "p", []), id)).toEqual(one());
    actions.resolveIncident(ports, ADMIN, id);
    pass(MINUTE);
    clock.now += 91 * DAY;
    prune(ports);
    expect(incidents()).toEqual([]);
    expect(readAlert(ports, ids[0] ?? "")).toBeNull();
    for (const table of ["incident_alerts", "onsets"]) expect(database.all(`SELECT * FROM ${table}`)).toEqual([]);
  });
});

describe("what follows from something that is down", () => {
  const onHost = { service_name: "shop", host_name: "h1" };

  it("is held while that lasts, says so in its trace, and is told when the cause is over but it goes on", () => {
    const { ports, fire, down, over, pass, told } = incidentProject();
    down("AgentSilent", { host_name: "h1" });
    const id = fire("Errors", onHost);
    pass(MINUTE);
    expect(told()).toEqual(["AgentSilent"]);
    const held = readTrace(ports, id).stages.find(({ stage }) => stage === "topology");
    expect(held).toMatchObject({ receiver: "ops", decision: "held" });
    expect(held?.reason).toMatch(/^it runs on host h1, and AgentSilent says that this is down \(alert \S+\)$/);
    over("AgentSilent", { host_name: "h1" }, { annotations: { means: "down" } });
    pass(10 * MINUTE);
    expect(told()).toEqual(["AgentSilent", "Errors"]);
  });

  it("is never told when it is over before the cause is", () => {
    const { fire, down, over, pass, told } = incidentProject();
    down("AgentSilent", { host_name: "h1" });
    fire("Errors", onHost);
    pass(MINUTE);
    over("Errors", onHost);
    over("AgentSilent", { host_name: "h1" }, { annotations: { means: "down" } });
    pass(10 * MINUTE);
    expect(told()).toEqual(["AgentSilent"]);
  });

  it("is told at once where people switched this off, or took back what they had declared", () => {
    const { ports, fire, down, pass, told } = incidentProject();
    declareDependencies(ports, ADMIN, { service: "shop", dependsOn: ["billing"], runsOn: [] });
    down("BillingDown", { service_name: "billing" });
    fire("Errors", { service_name: "shop" });
    pass(MINUTE);
    expect(told()).toEqual(["BillingDown"]);
    takeBackDependencies(ports, ADMIN, "shop");
    pass(10 * MINUTE);
    expect(told()).toEqual(["BillingDown", "Errors"]);
    switchSuppression(ports, ADMIN, false);
    down("AgentSilent", { host_name: "h1" });
    fire("Slow", onHost);
    pass(10 * MINUTE);
    expect(told()).toContain("Slow");
  });

  it("is known by what labels tell of who calls whom, asked for when an alert fires", async () => {
    const { ports, clock, fire, down, pass, told } = incidentProject();
    const asked: string[] = [];
    const ask = async (shard: string) => {
      asked.push(shard);
      return [
        { from: "shop", to: "db-1.prod.internal", kind: "calls" as const },
        { from: "db", to: "db-1", kind: "runs_on" as const },
      ];
    };
    expect(await learnTopology(ports, ask)).toBe(false);
    down("DatabaseDown", { server_address: "db-1" });
    expect(await learnTopology(ports, ask)).toBe(true);
    expect(asked).toEqual(["p/shard-0"]);
    fire("Errors", { service_name: "shop" });
    expect(await learnTopology(ports, ask)).toBe(false);
    pass(MINUTE);
    expect(told()).toEqual(["DatabaseDown"]);
    clock.now += 6 * MINUTE;
    fire("Slow", { service_name: "shop" });
    await learnTopology(ports, () => Promise.reject(new Error("gone")));
    expect(await learnTopology(ports, ask)).toBe(false);
  });
});
