import type { CapacityResource } from "@sightline/shared/model/capacity";
import { describe, expect, it } from "vitest";
import { tellInsights } from "../../worker/src/project/insights/tell-insights.ts";
import { aDisk } from "../support/a-disk.ts";
import { projectInMemory } from "./project-in-memory.ts";

const HOUR = 3_600_000;

function tellingProject() {
  const { ports, clock } = projectInMemory();
  const tell = (capacity: readonly CapacityResource[] | null) =>
    tellInsights(ports, { anomalies: [], capacity, sinceMs: clock.now - HOUR, nowMs: clock.now });
  const kept = () => ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'insights'")[0]?.value;
  return { clock, tell, kept };
}

describe("the project", () => {
  it("remembers what it told of resources, and takes it back when it was not so", () => {
    const { clock, tell, kept } = tellingProject();
    expect(tell([])).toEqual([]);
    expect(kept()).toBeUndefined();
    expect(tell([aDisk({ at: clock.now + 3 * HOUR })])).toMatchObject([{ state: "open", kind: "capacity", startedAt: clock.now }]);
    const told = kept();
    const began = clock.now;
    clock.now += 60_000;
    // Nothing else than before: nothing is written, and it began when it was first told.
    expect(tell([aDisk({ at: clock.now + 3 * HOUR, used: 86 })])).toMatchObject([{ startedAt: began }]);
    expect(kept()).toBe(told);
    expect(tell(null)).toMatchObject([{ state: "open" }]);
    expect(tell([aDisk({ at: null })])).toMatchObject([{ state: "retracted", ended: { at: clock.now } }]);
    clock.now += 2 * HOUR;
    expect(tell([aDisk({ at: null })])).toEqual([]);
    expect(kept()).toBe("[]");
  });
});
