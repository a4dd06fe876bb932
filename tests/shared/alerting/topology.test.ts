import { incidentFor, probableCause, relation } from "@sightline/shared/alerting/incidents";
import { Suppression } from "@sightline/shared/alerting/suppression";
import { type Located, Topology, meansDown } from "@sightline/shared/alerting/topology";
import type { Deploy } from "@sightline/shared/model/deploy";
import { describe, expect, test } from "vitest";

const MINUTE = 60_000;

const alert = (name: string, labels: Record<string, string>, firedAt = 0, condition = "x > 1"): Located => ({
  id: `${name}-${Object.values(labels).join("-")}`,
  name,
  labels,
  condition,
  annotations: {},
  firedAt,
});

const shop = new Topology([
  { from: "checkout", to: "payments", kind: "calls" },
  { from: "payments", to: "db-1", kind: "calls" },
  { from: "payments", to: "checkout", kind: "calls" },
]);
const suppressor = (effect: Located, firing: readonly Located[], topology = shop) => new Suppression(topology, firing).suppressor(effect);
const hostDown = alert("HostDown", { host_name: "h1" }, 0, 'up{job="node"} == 0');
const slowCheckout = alert("SlowCheckout", { service_name: "checkout", host_name: "h1" }, MINUTE);
const databaseDown = alert("DatabaseDown", { server_address: "db-1" }, 0, "absent(pg_up)");

describe("what is down", () => {
  test.each([
    ["up == 0", true], ['up{job="x"} == 0', true], [" up < 1", true], ["absent(up)", true], ["absent_over_time(x[5m])", true],
    ["upstream_errors == 0", false], ["rate(up[5m]) == 0", false], ["cpu > 0.9", false],
  ])("%s: %s", (condition, down) => {
    expect(meansDown({ condition, annotations: {} })).toBe(down);
  }); // prettier-ignore

  test("a rule says it by its annotation, either way", () => {
    expect(meansDown({ condition: "last_seen > 30", annotations: { means: "down" } })).toBe(true);
    expect(meansDown({ condition: "up == 0", annotations: { means: "maintenance" } })).toBe(false);
  });
});

describe("suppression by topology", () => {
  test("a service's alert is a consequence while its host is down, not while the host is merely busy", () => {
    expect(suppressor(slowCheckout, [hostDown])?.reason).toBe("it runs on host h1, and HostDown says that this is down");
    expect(suppressor(slowCheckout, [alert("BusyHost", { host_name: "h1" })])).toBeNull();
    expect(suppressor(alert("Slow", { service_name: "checkout", host_name: "h2" }), [hostDown])).toBeNull();
  });

  test("a failure is followed from service to service, through a circle without end", () => {
    expect(suppressor(slowCheckout, [databaseDown])?.reason).toBe(
      "it depends on payments, which depends on db-1, and DatabaseDown says that this is down",
    );
    expect(suppressor(alert("Slow", { service_name: "search" }), [databaseDown])).toBeNull();
  });

  test("the host's own alerts and the cause itself are told", () => {
    expect(suppressor(hostDown, [hostDown])).toBeNull();
    expect(suppressor(alert("DiskFull", { host_name: "h1" }), [hostDown])).toBeNull();
  });

  test("of two services that are down and need each other, the first is told", () => {
    const down = (service: string, at: number): Located => alert(`${service}Down`, { service_name: service }, at, "up == 0");
    const [first, second] = [down("checkout", 0), down("payments", 1)];
    expect(suppressor(first, [first, second])).toBeNull();
    expect(suppressor(second, [first, second])?.cause.id).toBe(first.id);
  });
});

describe("hosts and those who measure them", () => {
  const agentsView = { service_name: "sightline-agent", job: "sightline-agent", host_name: "h1", instance: "h1" };

  test("an agent's series are about its host, a service's about a process there", () => {
    const busy = alert("Busy", agentsView, 0, "x > 1");
    expect(suppressor(busy, [hostDown])).toBeNull();
    expect(suppressor(alert("Grown", { ...agentsView, process_executable_name: "node" }), [hostDown])?.reason).toContain(
      "it runs on host h1",
    );
    expect(
      suppressor(alert("Slow", { service_name: "shop", host_name: "h1", instance: "h1:812" }), [{ ...busy, condition: "absent(x)" }]),
    ).not.toBeNull();
    expect(relation(busy, alert("Busy", { ...agentsView, host_name: "h2", instance: "h2" }), shop)).toBeNull();
  });

  test("Prometheus' node exporter stands for the host, another job's target only for itself", () => {
    const up = (job: string, instance: string): Located => alert("TargetDown", { job, instance }, 0, "up == 0");
    const slow = alert("Slow", { service_name: "shop", host_name: "h1" });
    expect(suppressor(slow, [up("node", "h1:9100")])?.reason).toContain("it runs on host h1");
    expect(suppressor(slow, [up("billing", "h1:8080")])).toBeNull();
  });

  test("a service on several hosts is not down because one of them is", () => {
    const spread = (...hosts: string[]): Topology =>
      new Topology([
        { from: "shop", to: "billing", kind: "calls" },
        ...hosts.map((to) => ({ from: "billing", to, kind: "runs_on" as const })),
      ]);
    const slow = alert("Slow", { service_name: "shop" });
    expect(suppressor(slow, [hostDown], spread("h1"))?.reason).toBe(
      "it depends on billing, which runs on host h1, and HostDown says that this is down",
    );
    expect(suppressor(slow, [hostDown], spread("h1", "h2"))).toBeNull();
    const oneTarget = alert("TargetDown", { service_name: "billing", instance: "h1:1" }, 0, "up == 0");
    expect(suppressor(slow, [oneTarget], spread("h1"))).not.toBeNull();
    expect(suppressor(slow, [oneTarget], spread("h1", "h2"))).toBeNull();
  });

  test("this machine is another one for everybody", () => {
    const local = (service: string): Located => alert("Refused", { service_name: service, server_address: "localhost" });
    expect(relation(local("shop"), local("billing"), shop)).toBeNull();
  });
});

describe("incidents", () => {
  test("an alert joins the incident it is related to while that is young", () => {
    const open = [{ id: "i1", startedAt: 0, newestAt: 0, alerts: [hostDown] }];
    expect(incidentFor(slowCheckout, open, shop)).toEqual({ id: "i1", relation: "both are about host h1" });
    expect(incidentFor({ ...slowCheckout, firedAt: 6 * MINUTE }, open, shop)).toBeNull();
    expect(incidentFor(alert("Other", { service_name: "search" }, MINUTE), open, shop)).toBeNull();
    expect(relation(databaseDown, slowCheckout, shop)).toBe("it depends on payments, which depends on db-1");
  });

  test("the probable cause is what the others follow from, however late it was seen", () => {
    const alerts = [slowCheckout, alert("Errors", { service_name: "payments" }, 0), { ...databaseDown, firedAt: 2 * MINUTE }];
    expect(probableCause(alerts, shop, [])).toEqual({
      alertId: databaseDown.id,
      deployId: null,
      reason: "2 of the other 2 alerts follow from DatabaseDown by what runs on what.",
    });
  });

  test("without topology it is the first, and a deploy shortly before is named", () => {
    const deploys: readonly Deploy[] = [
      { id: "d1", service: "checkout", version: "1.4.2", at: -10 * MINUTE },
      { id: "d0", service: "checkout", version: "1.4.1", at: -20 * MINUTE },
      { id: "d2", service: "search", version: "9", at: -MINUTE },
      { id: "d3", service: "checkout", version: "1.4.3", at: 10 * MINUTE },
    ];
    const alerts = [alert("Errors", { service_name: "checkout" }, MINUTE), alert("Slow", { service_name: "checkout" }, 0)];
    expect(probableCause(alerts, new Topology([]), deploys)).toEqual({
      alertId: alerts[1]?.id,
      deployId: "d1",
      reason: "Slow was the first of 2 related alerts; checkout 1.4.2 was deployed 10 min before the first alert.",
    });
    expect(probableCause([], shop, [])).toBeNull();
  });
});
