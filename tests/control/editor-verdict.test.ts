import type { AlertTransition } from "@sightline/shared/model/alert";
import type { RoutingForm } from "@sightline/shared/alerting/routing-form";
import { describe, expect, it } from "vitest";
import { Couriers } from "../../worker/src/alerting/couriers.ts";
import { acknowledge, snooze } from "../../worker/src/project/alert-actions.ts";
import { reportDeploy } from "../../worker/src/project/incidents/deploy-report.ts";
import { judgedForEditor } from "../../worker/src/project/editor-verdict.ts";
import { advance, nextWakeAt, readAlerts, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { putRoutes } from "../../worker/src/project/routing-actions.ts";
import { expireSilence, silence } from "../../worker/src/project/silence-lifecycle.ts";
import { readTrace } from "../../worker/src/project/trace.ts";
import { ADMIN, projectInMemory, type TestProject } from "./project-in-memory.ts";

function step(rule: string, to: "firing" | "resolved", at: number, labels: Record<string, string>, extra = {}): AlertTransition {
  return {
    id: `${rule}-${to}-${at}`,
    fingerprint: rule,
    rule,
    labels: { alertname: rule, ...labels },
    annotations: {},
    severity: "error",
    from: to === "firing" ? "inactive" : "firing",
    to,
    at,
    activeAt: 100,
    value: 1,
    threshold: 0,
    condition: "x > 0",
    recommendations: [],
    ...extra,
  };
}

/** What goes to editors, as the project sends it: name, and the stage that holds it or "toast". */
async function sent({ ports, clock }: TestProject, ms = 0): Promise<readonly string[]> {
  clock.now += ms;
  advance(ports);
  const told: string[] = [];
  const couriers = new Couriers(
    {
      database: ports.database,
      now: ports.now,
      random: () => 0.5,
      receiver: () => null,
      trace: () => undefined,
      usualPerMinute: () => 60,
      toEditor: async (notifications) => {
        for (const { alert } of judgedForEditor(ports, notifications))
          told.push(`${alert.name} ${alert.state === "firing" ? (alert.held?.stage ?? "toast") : alert.state}`);
        return { outcome: "delivered" };
      },
      toIntegration: async () => ({ outcome: "delivered" }),
      settled: () => undefined,
    },
    () => undefined,
  );
  couriers.start();
  await couriers.rest();
  return told;
}

const WEB = { host_name: "web-1", service_name: "shop" };
const matchers = [{ name: "alertname", value: "Slow", isRegex: false, isEqual: true }];

function routed(form: RoutingForm): TestProject {
  const project = projectInMemory();
  const put = putRoutes(project.ports, ADMIN, form);
  if (!put.ok) throw new Error(put.error.message);
  return project;
}

describe("what the editor is told of an alert", () => {
  it("one that nothing holds goes out in the pass in which it fires, whatever the group's wait", async () => {
    const project = projectInMemory();
    receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB)]);
    expect(await sent(project)).toEqual(["Slow toast"]);
    expect(readAlerts(project.ports, { limit: 1 })[0]?.held).toBeUndefined();
  });

  it("what a silence holds is listed with its reason, and told when the silence is taken away", async () => {
    const project = projectInMemory();
    const { ports, clock } = project;
    const put = silence(ports, ADMIN, { matchers, endsAt: clock.now + 3_600_000, comment: "deploy" });
    receiveTransitions(ports, [step("Slow", "firing", 100, WEB)]);
    expect(await sent(project)).toEqual(["Slow silence"]);
    const [alert] = readAlerts(ports, { limit: 1 });
    expect(alert?.held?.reason).toContain("deploy");
    expect(readTrace(ports, alert?.id ?? "").stages).toContainEqual(
      expect.objectContaining({ stage: "silence", receiver: "editor", decision: "held" }),
    );
    expireSilence(ports, ADMIN, put.ok ? put.value.silenceID : "");
    expect(new Set(await sent(project))).toEqual(new Set(["Slow toast"]));
    expect(readAlerts(ports, { limit: 1 })[0]?.held).toBeUndefined();
  });

  it("what an inhibition rule holds is told when its source is over", async () => {
    const inhibit = { source_matchers: ["alertname=HostDown"], target_matchers: ["alertname=Slow"], equal: ["host_name"] };
    const project = routed({ route: { receiver: "editor" }, inhibit_rules: [inhibit] });
    receiveTransitions(project.ports, [step("HostDown", "firing", 90, WEB)]);
    receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB)]);
    expect(await sent(project)).toEqual(expect.arrayContaining(["HostDown toast", "Slow inhibit"]));
    receiveTransitions(project.ports, [step("HostDown", "resolved", 200, WEB)]);
    expect(await sent(project)).toEqual(expect.arrayContaining(["HostDown resolved", "Slow toast"]));
  });

  it("a source is found by a label, by its severity or by an expression, acknowledged or not", async () => {
    for (const source of ['team="web \\"2\\""', "severity=error", "alertname=~Host.*"]) {
      const inhibit = { source_matchers: [source], target_matchers: ["alertname=Slow"], equal: ["host_name"] };
      const project = routed({ route: { receiver: "editor" }, inhibit_rules: [inhibit] });
      receiveTransitions(project.ports, [step("HostDown", "firing", 90, { ...WEB, team: 'web "2"' })]);
      acknowledge(project.ports, ADMIN, readAlerts(project.ports, { limit: 1 })[0]?.id ?? "", "");
      receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB, { severity: "warning" })]);
      expect(await sent(project)).toContain("Slow inhibit");
    }
  });

  it("what follows from a host that is down is told when the host is back and it still fires", async () => {
    const project = projectInMemory();
    const { ports, clock } = project;
    reportDeploy(ports, ADMIN, { service: "shop", version: "1", host: "web-1", at: clock.now });
    const down = { annotations: { means: "down" } };
    receiveTransitions(ports, [step("AgentSilent", "firing", 90, { host_name: "web-1" }, down)]);
    receiveTransitions(ports, [step("Slow", "firing", 100, { service_name: "shop" })]);
    const told = await sent(project);
    expect(told).toContain("Slow topology");
    expect(told).not.toContain("Slow toast");
    receiveTransitions(ports, [step("AgentSilent", "resolved", 200, { host_name: "web-1" }, down)]);
    expect(await sent(project)).toContain("Slow toast");
  });

  it("what a mute time holds is told when the time is over, by the alarm", async () => {
    const nights = { name: "always", time_intervals: [{ times: [{ start_time: "00:00", end_time: "01:00" }] }] };
    const route = { receiver: "editor", routes: [{ matchers: ["alertname=Slow"], mute_time_intervals: ["always"] }] };
    const project = routed({ route, time_intervals: [nights] });
    receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB)]);
    expect(await sent(project)).toEqual(["Slow mute"]);
    expect(nextWakeAt(project.ports)).toBe(3_600_000);
    expect(await sent(project, 3_600_000 - project.clock.now)).toEqual(["Slow toast"]);
  });

  it("what only one of its routes mutes is told", async () => {
    const nights = { name: "always", time_intervals: [{ times: [{ start_time: "00:00", end_time: "24:00" }] }] };
    const muted = { matchers: ["alertname=Slow"], mute_time_intervals: ["always"], continue: true };
    const project = routed({ route: { receiver: "editor", routes: [muted, { matchers: ["alertname=Slow"] }] }, time_intervals: [nights] });
    receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB)]);
    expect(await sent(project)).toEqual(["Slow toast"]);
  });

  it("a snoozed alert is marked, and told when the snooze is over", async () => {
    const project = projectInMemory();
    const { ports, clock } = project;
    receiveTransitions(ports, [step("Slow", "firing", 100, WEB)]);
    await sent(project);
    snooze(ports, ADMIN, readAlerts(ports, { limit: 1 })[0]?.id ?? "", clock.now + 60_000);
    expect(await sent(project)).toEqual(["Slow snooze"]);
    expect(await sent(project, 60_000)).toEqual(["Slow toast"]);
  });

  it("a flapping alert is not told until it has kept still", async () => {
    const project = projectInMemory();
    const flapping = { since: 1, until: project.clock.now + 600_000, reason: "it changed 6 times" };
    receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB, { flapping })]);
    expect(await sent(project)).toEqual(["Slow flap"]);
    expect(await sent(project, 600_000)).toEqual(["Slow toast"]);
  });

  it("the end of what was held leaves nothing to wake for", async () => {
    const project = projectInMemory();
    silence(project.ports, ADMIN, { matchers, endsAt: project.clock.now + 3_600_000, comment: "" });
    receiveTransitions(project.ports, [step("Slow", "firing", 100, WEB)]);
    await sent(project);
    receiveTransitions(project.ports, [step("Slow", "resolved", 200, WEB)]);
    expect(await sent(project)).toEqual(["Slow resolved"]);
    expect(readAlerts(project.ports, { limit: 1 })[0]?.held).toBeUndefined();
    expect(project.ports.database.all("SELECT * FROM held_from_editor")).toEqual([]);
  });
});
