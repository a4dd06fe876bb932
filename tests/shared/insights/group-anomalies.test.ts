import { type Dependency, Topology } from "@sightline/shared/alerting/topology";
import { groupAnomalies } from "@sightline/shared/insights/group-anomalies";
import { placeKeys, related } from "@sightline/shared/insights/places";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import type { Labels } from "@sightline/shared/model/labels";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { A_SPIKE } from "../../support/a-spike.ts";

const NOON = 1_800_000_000_000;

const spike = (labels: Labels, id = "a"): RecentAnomaly => ({
  id,
  labels,
  t: NOON,
  ...A_SPIKE,
  newest: null,
  judgedBy: "value",
  unit: "",
});

const few = (...names: string[]) => fc.option(fc.constantFrom(...names), { nil: undefined, freq: 1 });
const placed = fc
  .record({
    __name__: fc.constantFrom("m0", "m1"),
    service_name: few("s0", "s1", "s2"),
    host_name: few("h0", "h1", "localhost"),
    instance: few("h0:9100", "h1", "127.0.0.1:9100"),
    job: few("node", "s0", "snmp"),
    sender: few("s1@x", "agent"),
    server_address: few("db0", "h0"),
    db_namespace: few("orders"),
    k8s_pod_name: few("p0", "p1"),
    process_executable_name: few("sshd"),
  })
  .map((labels): Labels =>
    Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  );
const dependency = fc.record<Dependency>({
  from: fc.constantFrom("s0", "s1", "s2"),
  to: fc.constantFrom("s0", "s1", "s2", "h0", "h1", "db0"),
  kind: fc.constantFrom("calls", "runs_on"),
});

describe("groups of anomalies", () => {
  it("find whatever is related by what it is found by", () => {
    fc.assert(
      fc.property(placed, placed, fc.array(dependency, { maxLength: 6 }), (one, other, dependencies) => {
        const topology = new Topology(dependencies);
        const [left, right] = [spike(one, "a"), spike(other, "b")];
        const { foundBy } = placeKeys(left, topology);
        const isSought = placeKeys(right, topology).seeks.some((key) => foundBy.includes(key));
        if (related(left, right, topology)) expect(isSought).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("of things that have nothing to do with each other are as many as these, and of one service one, however many begin at once", () => {
    const none = Array.from({ length: 3000 }, (_, i) => spike({ __name__: `m${i}` }, `${i}`));
    expect(groupAnomalies(none, new Topology([]))).toHaveLength(3000);
    const one = Array.from({ length: 3000 }, (_, i) => spike({ __name__: "m", service_name: "shop", id: `${i}` }, `${i}`));
    expect(groupAnomalies(one, new Topology([])).map((group) => group.length)).toEqual([3000]);
  });

  it.each([
    [3, 2],
    [6, 4],
    [50, 3],
  ])("of one thing that %i hosts show in %i metrics at once are one, whichever of them each showed first", (hosts, metrics) => {
    const shown = Array.from({ length: hosts * metrics }, (_, i) => {
      const labels = { __name__: `m${i % metrics}`, host_name: `web-${Math.floor(i / metrics)}`, job: "node" };
      // Ids are in no order.
      return spike(labels, String((i * 7919) % 1009));
    });
    expect(groupAnomalies(shown, new Topology([])).map((group) => group.length)).toEqual([hosts * metrics]);
  });

  it("of two hosts each are two, and of a third that joined in later as well", () => {
    const late = { ...spike({ __name__: "m0", host_name: "c" }, "c"), t: NOON + 45_000 };
    const shown = [spike({ __name__: "m0", host_name: "a" }, "a"), spike({ __name__: "m0", host_name: "b" }, "b"), late];
    expect(groupAnomalies(shown, new Topology([]))).toHaveLength(3);
  });
});
