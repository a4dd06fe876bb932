import { readFileSync } from "node:fs";
import { HOST_DASHBOARD } from "@sightline/shared/ui/dashboard/host-dashboard";
import { RELIABILITY_DASHBOARD, SERVICES_DASHBOARD } from "@sightline/shared/ui/dashboard/services-dashboard";
import { UNITS } from "@sightline/shared/format/units";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const file = new URL("../../../shared/src/ui/dashboard/dashboard.schema.json", import.meta.url);
const published = JSON.parse(readFileSync(file, "utf8"));
const schema = z.fromJSONSchema(published);

describe("the published schema of dashboards", () => {
  it.each([HOST_DASHBOARD, SERVICES_DASHBOARD, RELIABILITY_DASHBOARD])("accepts the built-in dashboard $title", (dashboard) => {
    expect(schema.safeParse(JSON.parse(JSON.stringify(dashboard))).error).toBeUndefined();
  });

  it("refuses another version, an unknown panel and a misspelt field", () => {
    expect(schema.safeParse({ ...HOST_DASHBOARD, schemaVersion: 2 }).success).toBe(false);
    const withPanel = (panel: unknown) => ({ ...HOST_DASHBOARD, sections: [{ title: "x", panels: [panel] }] });
    expect(schema.safeParse(withPanel({ type: "pie", title: "x", width: 3 })).success).toBe(false);
    expect(schema.safeParse(withPanel({ type: "alerts", title: "x", widht: 3 })).success).toBe(false);
  });

  it("knows the units that the dashboard draws", () => {
    expect(published.$defs.unit.enum).toEqual([...UNITS]);
  });
});
