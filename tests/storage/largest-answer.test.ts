import { expect, test } from "vitest";
import { answerQuery } from "../../worker/src/query/prometheus-query.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { refOf } from "./open-store.ts";
import { openShard } from "./shard-fixture.ts";

const HOUR = 3_600_000;
const SERIES = 500;
const HOURS = 720;
const START = Date.UTC(2026, 9, 1);

test("a month of 500 series at 1 h steps is an answer, whatever the digits of its values", async () => {
  const endMs = START + HOURS * HOUR;
  const { core } = openShard(new NodeDatabase(), { now: endMs });
  const labels = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`label_${i}`, "value".repeat(6)]));
  for (let i = 0; i < SERIES; i++) {
    const ref = refOf(core.store, "month", { ...labels, i: String(i) });
    for (let hour = 1; hour <= HOURS; hour++)
      core.store.append(ref, START + hour * HOUR - 1, -Math.PI * 1e-300 * (1 + hour / 1000), endMs, "history");
  }
  // Steps between whole seconds have the longest times.
  const query = { query: "month", startMs: START + HOUR + 1, endMs: endMs + 1, stepMs: HOUR, nocache: true } as const;
  for (const profile of ["local", "cloudflare"]) {
    Object.assign(core.reads, { profile: shardProfile(profile) });
    const answer = await answerQuery(core.reads, query, () => Promise.resolve());
    expect(answer.ok ? "" : answer.error.message).toBe("");
    expect(answer.ok ? answer.value.byteLength : 0).toBeGreaterThan(SERIES * HOURS * 40);
  }
});
