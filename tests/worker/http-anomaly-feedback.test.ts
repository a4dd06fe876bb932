import type { AnomaliesResponse, AnomalyFeedbackResponse } from "@sightline/shared/api/responses";
import { describe, expect, it } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;

/** Ten hours of one value a minute, with one far from all others near the end. */
async function projectWithSpike(project: string) {
  const admin = sendAs(await tokenOf(project, "admin"));
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  for (const host of ["a", "b"]) {
    const metrics = Array.from({ length: 600 }, (_, i) => ({
      name: "shop_queue_length",
      type: "gauge",
      labels: { host_name: host },
      value: 100 + ((i * 7919) % 101) / 25 + (host === "a" && i === 580 ? 400 : 0),
      timestamp: end - (600 - i) * MINUTE,
    }));
    const sent = await admin("/api/v1/ingest", {
      ...json("POST", { metrics }),
      headers: { "content-type": "application/json", "x-sightline-sender": host },
    });
    expect(sent.status).toBe(200);
  }
  const found = await admin(`/v1/anomalies?start=${end - 600 * MINUTE}&query=shop_queue_length`);
  const { anomalies } = await found.json<AnomaliesResponse>();
  return { admin, anomalies };
}

describe("what people say of an anomaly", () => {
  it("raises the thresholds of its series, a little those of its metric, is kept, audited, and can be taken back", async () => {
    const { admin, anomalies } = await projectWithSpike("feedback");
    const spike = anomalies.find(({ value }) => value > 400);
    expect(spike?.kind).toBe("spike");
    const id = spike?.id ?? "";
    const said = await admin(`/v1/anomalies/${id}/feedback`, json("POST", { verdict: "false_alarm" }));
    expect(said.status, await said.clone().text()).toBe(200);
    const { answer, thresholds } = await said.json<AnomalyFeedbackResponse>();
    expect(answer).toMatchObject({ id, verdict: "false_alarm", labels: { __name__: "shop_queue_length", host_name: "a" } });
    expect(thresholds.series).toBeCloseTo(1.25, 3);
    expect(thresholds.siblings).toBeGreaterThan(1);
    expect(thresholds.siblings).toBeLessThan(1.1);

    const changed = await admin(`/v1/anomalies/${id}/feedback`, json("POST", { verdict: "real" }));
    expect((await changed.json<AnomalyFeedbackResponse>()).thresholds.series).toBeCloseTo(0.9, 3);
    const list = await (await admin("/v1/anomalies/feedback")).json<{ feedback: AnomalyFeedbackResponse[] }>();
    expect(list.feedback.map((one) => one.answer.verdict)).toEqual(["real"]);

    const takenBack = await admin(`/v1/anomalies/${id}/feedback`, { method: "DELETE" });
    expect((await takenBack.json<AnomalyFeedbackResponse>()).thresholds).toEqual({ series: 1, siblings: 1 });
    const audit = await (await admin("/v1/audit")).text();
    expect(audit).toContain("anomaly.feedback");
    expect(audit).toContain("anomaly.feedback-taken-back");
  });

  it("is refused for anomalies that are not there", async () => {
    const admin = sendAs(await tokenOf("feedback-none", "admin"));
    for (const id of ["nonsense", "abc-lkj12345"]) {
      const answer = await admin(`/v1/anomalies/${id}/feedback`, json("POST", { verdict: "real" }));
      expect(answer.status).toBe(404);
      expect((await problemOf(answer)).code).toBe("not_found");
    }
    expect((await admin("/v1/anomalies/abc-lkj12345/feedback", { method: "DELETE" })).status).toBe(404);
  });
});

describe("pinned series", () => {
  it("are replaced as a whole, kept, audited, and applied from files", async () => {
    const admin = sendAs(await tokenOf("pins", "admin"));
    const pins = async () => (await (await admin("/v1/anomalies/pins")).json<{ pins: string[] }>()).pins;
    expect(await pins()).toEqual([]);
    const put = await admin("/v1/anomalies/pins", json("PUT", { pins: ['up{job="api"}', "queue_depth", "queue_depth"] }));
    expect(put.status, await put.clone().text()).toBe(200);
    expect(await pins()).toEqual(['up{job="api"}', "queue_depth"]);
    expect(await (await admin("/v1/audit")).text()).toContain("anomaly.pins");
    const files = [{ path: "pins.yml", text: "pins: [checkouts_total]" }];
    expect((await admin("/v1/apply", json("POST", { files }))).status).toBe(200);
    expect(await pins()).toEqual(["checkouts_total"]);
    await admin("/v1/apply", json("POST", { files: [{ path: "users.yml", text: "users: [{ id: ada, name: Ada }]" }], prune: true }));
    expect(await pins()).toEqual([]);
  });

  it("must be series selectors, and are for editors to put", async () => {
    const admin = sendAs(await tokenOf("pins-refused", "admin"));
    for (const wrong of ["sum(up)", "up{"]) {
      const answer = await admin("/v1/anomalies/pins", json("PUT", { pins: [wrong] }));
      expect(answer.status).toBe(400);
      expect((await problemOf(answer)).detail).toContain("Nothing was changed");
    }
    const viewer = sendAs(await tokenOf("pins-refused", "viewer"));
    expect((await viewer("/v1/anomalies/pins")).status).toBe(200);
    expect((await viewer("/v1/anomalies/pins", json("PUT", { pins: [] }))).status).toBe(403);
  });
});
