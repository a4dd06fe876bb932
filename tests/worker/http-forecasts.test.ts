import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import type { ForecastResponse } from "@sightline/shared/api/responses";
import { describe, expect, it } from "vitest";
import { env, json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;
const STEP = 30_000;

/** An hour of a queue that grows by one a step, until now. */
async function projectWithQueue(project: string, shards: number) {
  const admin = sendAs(await tokenOf(project, "admin"));
  if (shards > 1) expect((await admin("/v1/shards", json("PUT", { shards }))).status).toBe(200);
  const end = Math.floor(Date.now() / STEP) * STEP;
  const metrics = Array.from({ length: 120 }, (_, i) => ({
    name: "queue_length",
    type: "gauge",
    labels: { host_name: "a" },
    value: 100 + i,
    timestamp: end - (119 - i) * STEP,
  }));
  expect((await admin("/api/v1/ingest", json("POST", { metrics }))).status).toBe(200);
  const ask = async () => {
    const answer = await admin("/v1/forecast?query=queue_length&horizon=10m");
    expect(answer.status).toBe(200);
    const [series] = (await answer.json<ForecastResponse>()).series;
    if (series === undefined || "refused" in series) throw new Error(JSON.stringify(series));
    return series;
  };
  return { admin, end, ask, object: env.PROJECT.getByName(project) };
}

describe.each([1, 3])("forecasts over %d shards", (shards) => {
  it("say what each model says, are kept while they are fresh, also by an object that slept, and are renewed by its alarm", async () => {
    const { ask, object } = await projectWithQueue(`forecast-kept-${shards}`, shards);
    const first = await ask();
    expect(first.models.length).toBeGreaterThan(1);
    for (const { values } of first.models) expect(values).toHaveLength(first.checkpoints.length);
    expect(first.points.at(-1)?.mean).toBeGreaterThan(first.last + 10);
    expect(await ask()).toEqual(first);
    await evictDurableObject(object);
    expect((await ask()).points.map(({ t }) => t)).toEqual(first.points.map(({ t }) => t));
    await runInDurableObject(object, async (_, state) => expect(await state.storage.getAlarm()).not.toBeNull());
  });

  it("are compared with what came, and say how they fared", async () => {
    const { ask, end, object } = await projectWithQueue(`forecast-scored-${shards}`, shards);
    await ask();
    // As if it had been made half an hour earlier: its promises fall on samples that are there.
    await runInDurableObject(object, (_, state) => {
      const [row] = [...state.storage.sql.exec<{ body: string }>("SELECT body FROM forecasts")];
      const kept = JSON.parse(row?.body ?? "{}") as { made: unknown; series: Record<string, { pending: { t: number }[] }> };
      kept.made = null;
      for (const { pending } of Object.values(kept.series)) pending.forEach((promise, k) => (promise.t = end - 30 * MINUTE + k * MINUTE));
      state.storage.sql.exec("UPDATE forecasts SET body = ?", JSON.stringify(kept));
    });
    await evictDurableObject(object);
    const { score, checkpoints } = await ask();
    expect(score?.points).toBe(checkpoints.length);
    // The queue was shorter then than what was promised for later.
    expect(score?.wape).toBeGreaterThan(0.05);
    expect(score?.coverage95).toBe(0);
  });
});

it("a query that does not parse is told so", async () => {
  const { admin } = await projectWithQueue("forecast-refused", 1);
  const answer = await admin("/v1/forecast?query=queue_length%7B");
  expect(answer.status).toBe(400);
  expect((await problemOf(answer)).detail.length).toBeGreaterThan(10);
});
