import type { InsightFeedbackResponse, InsightsResponse } from "@sightline/shared/api/responses";
import { describe, expect, it, vi } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;
const GIB = 2 ** 30;

/** Ten hours of a value a minute: four series of checkout rise together 20 min before the end, one of search 12 min before; a disk fills. */
async function projectInTrouble(project: string) {
  const admin = sendAs(await tokenOf(project, "admin"));
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  const send = async (sender: string, metrics: readonly unknown[]): Promise<void> => {
    const sent = await admin("/api/v1/ingest", {
      ...json("POST", { metrics }),
      headers: { "content-type": "application/json", "x-sightline-sender": sender },
    });
    expect(sent.status, await sent.clone().text()).toBe(200);
  };
  const deploy = { service: "checkout", version: "2.0.0", at: end - 21 * MINUTE };
  expect((await admin("/v1/deploys", json("POST", deploy))).status).toBe(201);
  const wobble = (i: number, k: number): number => (((i + 31 * k) * 7919) % 101) / 25;
  const steps = Array.from({ length: 600 }, (_, i) => ({ i, timestamp: end - (599 - i) * MINUTE }));
  const names = ["route_p95", "queue_depth", "pool_waiting", "open_sockets"];
  await send(
    "checkout",
    steps.flatMap(({ i, timestamp }) =>
      names.map((name, k) => ({
        name,
        type: "gauge",
        labels: { service_name: "checkout", host_name: "web-1" },
        value: (100 + wobble(i, k)) * (i >= 579 ? 4 : 1),
        timestamp,
      })),
    ),
  );
  const disk = { host_name: "db-1", system_filesystem_mountpoint: "/data" };
  await send(
    "search",
    steps.flatMap(({ i, timestamp }) => {
      const used = GIB * (90 + i / 100 + 0.005 * wobble(i, 7));
      return [
        {
          name: "index_age",
          type: "gauge",
          labels: { service_name: "search", host_name: "search-1" },
          value: 100 + wobble(i, 9) + (i >= 587 ? 500 : 0),
          timestamp,
        },
        ...(["used", "free"] as const).map((state) => ({
          name: "system_filesystem_usage_bytes",
          type: "gauge",
          labels: { ...disk, system_filesystem_state: state },
          value: state === "used" ? used : 100 * GIB - used,
          timestamp,
        })),
      ];
    }),
  );
  const ask = async (parameters = ""): Promise<InsightsResponse> => {
    const answer = await admin(`/v1/insights${parameters}`);
    expect(answer.status, await answer.clone().text()).toBe(200);
    return answer.json<InsightsResponse>();
  };
  /** The same once the project's resources have been judged. */
  const whole = (): Promise<InsightsResponse> =>
    vi.waitUntil(
      async () => {
        const response = await ask();
        return response.insights.some(({ kind }) => kind === "capacity") ? response : null;
      },
      { timeout: 60_000, interval: 200 },
    );
  return { admin, ask, whole };
}

describe.each([1, 3])("GET /v1/insights over %d shards", (shards) => {
  it("tells what began together once, incidents apart, ranked, with evidence that answers; and takes back a false alarm", async () => {
    const project = `insights-${shards}`;
    if (shards > 1) {
      const first = sendAs(await tokenOf(project, "admin"));
      expect((await first("/v1/shards", json("PUT", { shards }))).status).toBe(200);
    }
    const { admin, ask, whole } = await projectInTrouble(project);
    const { insights, text } = await whole();
    expect(text).toMatch(/^3 things to know\. /);
    const of = (metric: string) => insights.find(({ series }) => series[0]?.labels["__name__"] === metric);
    const checkout = insights.find(({ series }) => series.length === 4);
    expect(checkout?.text).toMatch(/^4 series of checkout on web-1 changed together, 1 min after the deploy of checkout 2\.0\.0\. First /);
    expect(of("index_age")?.text).toMatch(/^index_age of search on search-1 (rose|jumped) from /);
    const full = insights.find(({ kind }) => kind === "capacity");
    expect(full?.text).toMatch(/^Disk \/data on db-1: 96% of 100 GiB, /);
    expect(insights.map(({ impact }) => impact)).toEqual(insights.map(({ impact }) => impact).toSorted((a, b) => b - a));
    for (const { href, query } of insights.flatMap(({ evidence }) => evidence)) {
      expect((await admin(href)).status, href).toBe(200);
      if (query !== undefined) expect((await admin(`/api/v1/query?query=${encodeURIComponent(query)}`)).status, query).toBe(200);
    }

    const viewer = sendAs(await tokenOf(project, "viewer"));
    const path = `/v1/insights/${checkout?.id ?? ""}/feedback`;
    expect((await viewer(path, json("POST", { verdict: "false_alarm" }))).status).toBe(403);
    const said = await admin(path, json("POST", { verdict: "false_alarm" }));
    expect(said.status, await said.clone().text()).toBe(200);
    const { feedback } = await said.json<InsightFeedbackResponse>();
    expect(feedback).toHaveLength(4);
    expect(feedback[0]?.thresholds.series).toBeCloseTo(1.25);
    const [retracted] = (await ask("?state=retracted")).insights;
    expect(retracted).toMatchObject({ id: checkout?.id, ended: { reason: expect.stringContaining("said that it is a false alarm") } });
    expect((await ask()).insights.at(-1)?.id).toBe(checkout?.id);
    expect((await admin(path, { method: "DELETE" })).status).toBe(200);
    expect((await ask("?state=retracted")).insights).toEqual([]);
    expect((await admin(path, { method: "DELETE" })).status).toBe(404);
  });
});

describe("an insight", () => {
  it("that is not there, or rests on no anomaly, takes no answer and says why", async () => {
    const { admin, whole } = await projectInTrouble("insights-refused");
    const full = (await whole()).insights.find(({ kind }) => kind === "capacity");
    const none = await admin("/v1/insights/a-nothing/feedback", json("POST", { verdict: "real" }));
    expect(none.status).toBe(404);
    const growth = await admin(`/v1/insights/${full?.id ?? ""}/feedback`, json("POST", { verdict: "false_alarm" }));
    expect(growth.status).toBe(400);
    expect((await problemOf(growth)).detail).toContain("no anomaly");
    expect((await admin("/v1/insights?window=2d")).status).toBe(422);
    expect((await admin("/v1/insights?state=odd")).status).toBe(400);
  });
});
