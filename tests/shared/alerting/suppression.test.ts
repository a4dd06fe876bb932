import { Suppression } from "@sightline/shared/alerting/suppression";
import { type Located, Topology } from "@sightline/shared/alerting/topology";
import fc from "fast-check";
import { expect, test } from "vitest";

const SERVICES = 10;
const HOSTS = 3;
const service = fc.integer({ min: 0, max: SERVICES - 1 }).map((n) => `s${n}`);
const host = fc.integer({ min: 0, max: HOSTS - 1 }).map((n) => `h${n}`);
const dependency = fc.oneof(
  fc.record({ from: service, to: service, kind: fc.constant("calls" as const) }),
  fc.record({ from: service, to: host, kind: fc.constant("runs_on" as const) }),
);
const labels = fc.oneof(
  fc.record({ service_name: service, host_name: host }),
  fc.record({ service_name: service }),
  fc.record({ host_name: host }),
);
const alerts = fc
  .array(fc.record({ labels, firedAt: fc.integer({ min: 0, max: 5 }), isDown: fc.boolean() }), { maxLength: 20 })
  .map((list) =>
    list.map(({ labels: about, firedAt, isDown }, i): Located => ({
      id: `a${i}`,
      name: `A${i}`,
      labels: about,
      condition: isDown ? "up == 0" : "x > 1",
      annotations: {},
      firedAt,
    })),
  );

test("whatever is held, the way to its cause ends at an alert that is told", () => {
  fc.assert(
    fc.property(fc.array(dependency, { maxLength: 30 }), alerts, (dependencies, firing) => {
      const suppression = new Suppression(new Topology(dependencies), firing);
      for (const alert of firing) {
        let at = alert;
        for (let steps = 0; steps <= firing.length; steps++) {
          const found = suppression.suppressor(at);
          if (found === null) break;
          expect(firing).toContain(found.cause);
          expect(steps).toBeLessThan(firing.length);
          at = found.cause;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("of a ring of services that are all down, too long to be seen whole, one is told", () => {
  const ring = Array.from({ length: 8 }, (_, i) => ({ from: `s${i}`, to: `s${(i + 1) % 8}`, kind: "calls" as const }));
  const firing = ring.map(({ from }, i): Located => ({
    id: `a${i}`,
    name: from,
    labels: { service_name: from },
    condition: "up == 0",
    annotations: {},
    firedAt: i,
  }));
  const suppression = new Suppression(new Topology(ring), firing);
  expect(firing.filter((alert) => suppression.suppressor(alert) === null).map(({ name }) => name)).toEqual(["s0"]);
});
