import type { FleetHost } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";
import { describe, expect, it } from "vitest";
import { healthOf } from "../../worker/src/http/health-score.ts";
import { vectorByLabel } from "../../worker/src/http/snapshot-queries.ts";
import { anAlert } from "../support/an-alert.ts";

const alert = (severity: Alert["severity"], state: Alert["state"] = "firing"): Alert =>
  anAlert({ id: severity, name: `Rule-${severity}`, severity, state, labels: {}, acknowledgedBy: state === "acknowledged" ? "Ada" : null });

const host = (name: string, silent: boolean): FleetHost => ({
  name,
  sender: name,
  lastSeenAt: 0,
  silent,
  cpuBusy: null,
  memoryUsed: null,
  diskUsed: null,
  load1: null,
  firing: 0,
});

const quiet = { alerts: [], slos: [], hosts: [], anomalies: [] };

describe("the health score", () => {
  it("is 100 without a reason when nothing is wrong", () => {
    expect(healthOf({ ...quiet, hosts: [host("h1", false)] })).toEqual({ status: "ok", score: 100, reasons: [] });
  });

  it("names every reason, the dearest first", () => {
    const health = healthOf({ ...quiet, alerts: [alert("warning"), alert("error")], hosts: [host("h1", true)] });
    expect(health.status).toBe("degraded");
    expect(health.reasons[0]).toContain("Rule-error");
    expect(health.reasons).toContain("h1 has gone silent");
    expect(health.reasons.at(-1)).toContain("Rule-warning");
  });

  it("a critical alert makes it critical; an acknowledged one costs half and says who is on it", () => {
    const firing = healthOf({ ...quiet, alerts: [alert("critical")] });
    const acknowledged = healthOf({ ...quiet, alerts: [alert("critical", "acknowledged")] });
    expect(firing.status).toBe("critical");
    expect(100 - acknowledged.score).toBe((100 - firing.score) / 2);
    expect(acknowledged.reasons[0]).toContain("Ada");
  });

  it("pending and resolved alerts cost nothing", () => {
    expect(healthOf({ ...quiet, alerts: [alert("critical", "pending"), alert("critical", "resolved")] }).score).toBe(100);
  });

  it("reads instant vectors by label and leaves out what is no number", () => {
    const vector = {
      data: {
        result: [
          { metric: { host_name: "a" }, value: [1, "0.5"] },
          { metric: { host_name: "b" }, value: [1, "NaN"] },
        ],
      },
    };
    expect([...vectorByLabel(vector, "host_name")]).toEqual([["a", 0.5]]);
    expect(vectorByLabel({ data: { result: "odd" } }, "host_name").size).toBe(0);
  });
});
