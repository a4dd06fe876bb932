import { describe, expect, test } from "vitest";
import type { Evaluation, EvaluationPorts } from "../../worker/src/rules/api.ts";
import { createEvaluation } from "../../worker/src/rules/evaluation.ts";
import { shardProfile } from "../../worker/src/shard/profile.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import { MeteredDatabase } from "../support/metered-database.ts";
import { NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post, stored } from "./shard-fixture.ts";

const SERIES = Array.from({ length: 1000 }, (_, i) => ({ __name__: `metric_${i % 40}`, host_name: "web-1", part: String(i) }));
const MAX_ROWS = 20;
/** As where objects sleep. */
const { richSeries } = shardProfile("cloudflare");
const evaluation = (ports: EvaluationPorts): Evaluation => createEvaluation({ ...ports, richSeries });
/** The budget is 50 ms warm; cold code on a busy machine takes several times that. */
const MAX_CPU_MS = 400;

describe("an object of 1,000 series at 10 s that slept", () => {
  for (const minutes of [10, 119, 125]) {
    test(`reads at most ${MAX_ROWS} rows to answer its next frame after ${minutes} min`, async () => {
      const database = new MeteredDatabase();
      const shard = openShard(database, { evaluation });
      const sender = new Sender();
      const batch = (at: number) => ({ series: SERIES.map((labels, i) => gauge(labels, [[at, i * 100 + ((at / 10_000) % 7)]])) });
      let seq = 0;
      const { core } = shard;
      const session = core.session({ project: "default", tokenId: "t1", sender: "", epoch: "" });
      await session.receive(sender.hello());
      for (let at = NOON; at < NOON + minutes * 60_000; at += 10_000) {
        shard.now = at;
        await session.receive(sender.frame(++seq, batch(at)));
        // As the alarm does.
        const due = core.due(at).flush;
        if (due !== null && due <= at) core.flush(at);
      }
      database.rowsRead = 0;
      const now = shard.now + 10_000;
      const cpuBefore = process.cpuUsage();
      const woken = openShard(database, { evaluation, now });
      // What the object's shell reads besides.
      taskLog(database).load();
      const answers = await post(woken.core, sender.hello(), sender.frame(++seq, batch(now)));
      const { user, system } = process.cpuUsage(cpuBefore);
      expect(answers[1]).toMatchObject({ type: "ack", durableSeq: seq });
      expect(database.rowsRead).toBeLessThanOrEqual(MAX_ROWS);
      expect((user + system) / 1000).toBeLessThan(MAX_CPU_MS);
      expect(stored(woken.core, "metric_0").length).toBe(25 * seq);
    });
  }
});
