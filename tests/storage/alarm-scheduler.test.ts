import { describe, expect, test } from "vitest";
import type { AlarmTask } from "../../worker/src/objects/alarm-scheduler.ts";
import { AlarmScheduler } from "../../worker/src/objects/alarm-scheduler.ts";
import { taskLog } from "../../worker/src/shard/task-log.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { NOON, openStore } from "./open-store.ts";

function fixture(tasks: readonly AlarmTask[], database = new NodeDatabase()) {
  openStore(database);
  const state = { now: NOON, armed: [] as number[] };
  const alarm = { setAlarm: async (at: number) => void state.armed.push(at) };
  return { state, scheduler: new AlarmScheduler(alarm, tasks, taskLog(database), () => state.now) };
}

describe("one alarm for many tasks", () => {
  test("is armed for the earliest, and left alone while nothing is due earlier", async () => {
    let due = NOON + 5000;
    const { state, scheduler } = fixture([
      { name: "a", dueAt: () => NOON + 9000, run: () => undefined },
      { name: "b", dueAt: () => due, run: () => undefined },
    ]);
    await scheduler.reschedule();
    await scheduler.reschedule();
    expect(state.armed).toEqual([NOON + 5000]);
    due = NOON + 1000;
    await scheduler.reschedule();
    expect(state.armed).toEqual([NOON + 5000, NOON + 1000]);
  });

  test("that was left by an object which slept is armed again without asking the tasks, and asks them when it comes", async () => {
    let asked = 0;
    const { state, scheduler } = fixture([{ name: "a", dueAt: () => (asked++, NOON + 9000), run: () => undefined }]);
    await scheduler.resume(NOON + 5000);
    expect([state.armed, asked]).toEqual([[NOON + 5000], 0]);
    await scheduler.fire();
    expect(state.armed).toEqual([NOON + 5000, NOON + 9000]);
    const fresh = fixture([{ name: "a", dueAt: () => NOON + 9000, run: () => undefined }]);
    await fresh.scheduler.resume(null);
    expect(fresh.state.armed).toEqual([NOON + 9000]);
  });

  test("runs what is due and arms for the rest", async () => {
    const ran: string[] = [];
    let due: number | null = NOON;
    const { state, scheduler } = fixture([
      { name: "a", dueAt: () => due, run: () => void (ran.push("a"), (due = null)) },
      { name: "b", dueAt: () => NOON + 9000, run: () => void ran.push("b") },
    ]);
    await scheduler.fire();
    expect(ran).toEqual(["a"]);
    expect(state.armed).toEqual([NOON + 9000]);
  });

  test("a task that fails is tried again later and later, keeps no other from running, and says so until it works", async () => {
    const database = new NodeDatabase();
    const ran: string[] = [];
    let broken = true;
    const tasks: AlarmTask[] = [
      {
        name: "outbox",
        dueAt: (now) => now,
        run: () => {
          if (broken) throw new Error("project away");
        },
      },
      { name: "tick", dueAt: (now) => now, run: () => void ran.push("tick") },
    ];
    const { state, scheduler } = fixture(tasks, database);
    await scheduler.fire();
    expect(ran).toEqual(["tick"]);
    expect(scheduler.problems()).toEqual(["outbox failed 1 times, last with: project away"]);
    const woken = fixture(tasks, database);
    expect(woken.scheduler.problems()).toHaveLength(1);
    woken.state.now = NOON + 1000;
    await woken.scheduler.fire();
    expect(woken.scheduler.problems()[0]).toContain("2 times");
    broken = false;
    woken.state.now = NOON + 2500;
    await woken.scheduler.fire();
    expect(woken.scheduler.problems()).toHaveLength(1);
    woken.state.now = NOON + 3000;
    await woken.scheduler.fire();
    expect(woken.scheduler.problems()).toEqual([]);
    expect(state.armed.length).toBe(1);
  });
});
