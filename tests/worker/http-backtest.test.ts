import type { BacktestResponse } from "@sightline/shared/api/backtest";
import { describe, expect, it } from "vitest";
import { json, problemOf, sendAs, tokenOf } from "./http-calls.ts";

const STEP = 15_000;
const MINUTE = 60_000;

/** Half an hour of two hosts: `a` busy for ten minutes of it, `b` never. */
async function projectWithHistory(project: string, shards = 1) {
  const admin = sendAs(await tokenOf(project, "admin"));
  if (shards > 1) expect((await admin("/v1/shards", json("PUT", { shards }))).status).toBe(200);
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  const start = end - 30 * MINUTE;
  for (const host of ["a", "b"]) {
    const metrics = Array.from({ length: (30 * MINUTE) / STEP }, (_, i) => {
      const elapsed = i * STEP;
      const busy = host === "a" && elapsed >= 10 * MINUTE && elapsed < 20 * MINUTE;
      return { name: "load", type: "gauge", labels: { host_name: host }, value: busy ? 9 : 1, timestamp: start + elapsed };
    });
    const sent = await admin("/api/v1/ingest", {
      ...json("POST", { metrics }),
      headers: { "content-type": "application/json", "x-sightline-sender": host },
    });
    expect(sent.status).toBe(200);
  }
  return { admin, start, end };
}

const rule = (expr: string, more: Record<string, unknown> = {}) => ({
  name: "g",
  interval: "15s",
  rules: [{ alert: "Busy", expr, ...more }],
});

describe("POST /v1/backtest", () => {
  it("says when a rule would have fired, for how long, and with which value", async () => {
    const { admin, start, end } = await projectWithHistory("backtest-one");
    const answer = await admin(
      "/v1/backtest",
      json("POST", { rules: rule("load > 5", { for: "1m" }), start, end, compare: rule("load > 5", { for: "15m" }) }),
    );
    expect(answer.status).toBe(200);
    const { rules, compare, warnings } = await answer.json<BacktestResponse>();
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      rule: "Busy",
      group: "g",
      count: 1,
      totalDurationMs: 9 * MINUTE,
      fired: [{ labels: { host_name: "a" }, start: start + 11 * MINUTE, end: start + 20 * MINUTE, peak: 9, overlaps: [] }],
      noise: { short: 0, flapping: 0, share: 0 },
      suggestion: null,
    });
    expect(compare?.[0]?.count).toBe(0);
    expect(warnings).toEqual([]);
  });

  it("looks over all shards where the rule does", async () => {
    const { admin, start, end } = await projectWithHistory("backtest-many", 3);
    const total = await admin("/v1/backtest", json("POST", { rules: rule("sum(load) > 9"), start, end }));
    expect((await total.json<BacktestResponse>()).rules[0]).toMatchObject({
      count: 1,
      fired: [{ labels: {}, start: start + 10 * MINUTE, peak: 10 }],
    });
    const each = await admin("/v1/backtest", json("POST", { rules: rule("load > 5"), start, end }));
    expect((await each.json<BacktestResponse>()).rules[0]).toMatchObject({ count: 1, fired: [{ labels: { host_name: "a" } }] });
  });

  it("takes a rule in the short form, and says what is wrong with one", async () => {
    const admin = sendAs(await tokenOf("backtest-wrong", "admin"));
    const short = await admin("/v1/backtest", json("POST", { rules: "metric: load\ncondition: above\nthreshold: 5\n", since: "1h" }));
    expect((await short.json<BacktestResponse>()).rules[0]).toMatchObject({ count: 0 });
    const wrong = await admin("/v1/backtest", json("POST", { rules: "metric: load\ncondition: over\nthreshold: 5\n" }));
    expect(wrong.status).toBe(400);
    expect((await problemOf(wrong)).detail).toContain("line 1");
    const silent = await admin("/v1/backtest", json("POST", { rules: rule("sightline_sender_silence_seconds > 30") }));
    expect((await silent.json<BacktestResponse>()).warnings[0]).toContain("at the moment only");
  });
});
