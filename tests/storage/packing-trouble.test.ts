import { expect, test } from "vitest";
import { AlarmScheduler } from "../../worker/src/objects/alarm-scheduler.ts";
import { shardTasks } from "../../worker/src/shard/shard-tasks.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import type { SqlValue } from "../../worker/src/storage/sql-database.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard, stored } from "./shard-fixture.ts";

/** Lets everything be written but runs. */
class UnpackableDatabase extends NodeDatabase {
  broken = true;

  override run(sql: string, ...params: SqlValue[]): void {
    if (this.broken && sql.startsWith("CREATE TABLE run_")) throw new Error("table run_1 already exists");
    super.run(sql, ...params);
  }
}

const HEAD_SAMPLES = 1000;

/** A sender whose shard is opened anew whenever it gave up, and its alarm. */
function senderOf(database: NodeDatabase) {
  const bounds = { headSamples: HEAD_SAMPLES, sliceSamples: 100 };
  let shard = openShard(database, { bounds });
  let opened = 1;
  const open = (): typeof shard => {
    if (shard.abandoned.length > 0) {
      shard = openShard(database, { bounds, now: shard.now });
      opened += 1;
    }
    return shard;
  };
  let sent = 0;
  return {
    get opened(): number {
      return opened;
    },
    /** A hundred samples of a series each. */
    send: async () => {
      const { core } = open();
      const t = NOON + sent * 1000;
      const answer = await core.appendBatch(
        CONTEXT,
        batchOf(...Array.from({ length: 100 }, (_, i) => gauge({ __name__: "up", i: String(i) }, [[t, i]]))),
      );
      if (answer.ok) sent += 1;
      return answer;
    },
    fire: async (at: number): Promise<readonly string[]> => {
      const fixture = open();
      fixture.now = at;
      const alarm = { setAlarm: () => Promise.resolve() };
      const scheduler = new AlarmScheduler(alarm, shardTasks(fixture.core), taskLog(database), () => at);
      await scheduler.fire();
      return scheduler.problems();
    },
    stored: () => stored(open().core, "up").length,
    sent: () => sent * 100,
  };
}

test("while packing fails what is committed is acknowledged and kept, the failure is told, and two heads later no more is taken", async () => {
  const database = new UnpackableDatabase();
  const sender = senderOf(database);
  let answer = await sender.send();
  for (let i = 0; i < 50 && answer.ok; i++) answer = await sender.send();
  expect(answer).toMatchObject({ ok: false, error: { code: "overloaded", retryAfterMs: 30_000 } });
  expect(sender.sent()).toBe(2 * HEAD_SAMPLES);
  expect(sender.stored()).toBe(2 * HEAD_SAMPLES);
  // Only the failure itself has the log read back, not each write after it.
  expect(sender.opened).toBe(2);
  const segments = () => database.all("SELECT segment FROM wal_segments").length;
  const before = segments();
  for (const seconds of [2, 10, 20, 40]) {
    const problems = await sender.fire(NOON + seconds * 1000);
    expect(problems.join("; ")).toMatch(/flush failed \d times, last with: table run_1 already exists/);
  }
  expect(segments()).toBe(before);
  database.broken = false;
  expect(await sender.fire(NOON + 600_000)).toEqual([]);
  expect(await sender.send()).toMatchObject({ ok: true });
  expect(sender.stored()).toBe(sender.sent());
  expect(database.all("SELECT name FROM tasks")).toEqual([]);
});
