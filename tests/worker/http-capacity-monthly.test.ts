import type { CapacityResponse } from "@sightline/shared/api/analyses";
import { expect, it } from "vitest";
import { json, sendAs, tokenOf } from "./http-calls.ts";
import { told } from "./told-resource.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

it("what may be used by the month is known to begin anew, however late in the month it is asked, and of how short a time", async () => {
  const admin = sendAs(await tokenOf("capacity-monthly", "admin"));
  const end = Math.floor(Date.now() / HOUR) * HOUR;
  const now = new Date(end);
  const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const first = month - 2 * DAY;
  const labels = { service_name: "maps" };
  const metrics = Array.from({ length: (end - first) / HOUR + 1 }, (_, i) => first + i * HOUR).flatMap((timestamp) => {
    const since = timestamp < month ? timestamp - month + 30 * DAY : timestamp - month;
    return [
      { name: "maps_calls_used", type: "gauge", labels, value: Math.round((since / HOUR) * 1000), timestamp },
      { name: "maps_calls_quota", type: "gauge", labels, value: 1_000_000, timestamp },
    ];
  });
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  for (const days of [40, 28, 1]) {
    const response = await (await admin(`/v1/capacity?start=${end - days * DAY}&end=${end}`)).json<CapacityResponse>();
    const [resource] = response.resources;
    expect(resource).toMatchObject({ kind: "quota", renewsAt: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) });
    expect(told(response, resource?.name ?? "").recommendation.type).toBe("keep");
  }
});
