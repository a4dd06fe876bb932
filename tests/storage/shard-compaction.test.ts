import { expect, test } from "vitest";
import { shardTasks } from "../../worker/src/shard/shard-tasks.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import { AlarmScheduler } from "../../worker/src/objects/alarm-scheduler.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { DAY, MINUTE, NOON } from "./open-store.ts";
import { CONTEXT, batchOf, gauge, openShard, stored } from "./shard-fixture.ts";

test("the alarm merges flushes as they gather, and a day when it is over", async () => {
  const database = new NodeDatabase();
  const fixture = openShard(database);
  const alarms: number[] = [];
  const alarm = { setAlarm: async (at: number) => void alarms.push(at) };
  const scheduler = new AlarmScheduler(alarm, shardTasks(fixture.core), taskLog(database), () => fixture.now);
  for (let flush = 0; flush < 6; flush++) {
    await fixture.core.appendBatch(CONTEXT, batchOf(gauge({ __name__: "load" }, [[NOON + flush * MINUTE, flush]])));
    fixture.core.flush(fixture.now);
  }
  const { store } = fixture.core;
  expect(store.runs.runs).toHaveLength(6);
  await scheduler.fire();
  expect(store.runs.runs.map((run) => run.level)).toEqual([1]);
  expect(alarms.at(-1)).toBeGreaterThan(NOON);
  fixture.now = NOON + DAY;
  await scheduler.fire();
  expect(store.runs.runs.filter((run) => run.resolutionMs === 0).map((run) => run.level)).toEqual([2]);
  expect(stored(fixture.core, "load")).toHaveLength(6);
});
