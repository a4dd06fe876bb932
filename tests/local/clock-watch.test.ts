/** The time of the system is set anew while a stack runs. */
import { expect, test } from "vitest";
import { supervise } from "../../worker/src/local/child-process.ts";
import { ClockWatch, requireClock } from "../../worker/src/local/clock-watch.ts";

const NOON = Date.UTC(2026, 2, 1, 12);

test("a clock that was put back is seen once, by how much", () => {
  const watch = new ClockWatch(NOON, 500);
  expect(watch.putBackMs(NOON + 1000, 1500)).toBe(0);
  expect(watch.putBackMs(NOON + 2000 - 600_000, 2500)).toBe(600_000);
  expect(watch.putBackMs(NOON + 3000 - 600_000, 3500)).toBe(0);
});

test("one that was put forward, slept with its machine or is slewed was not put back", () => {
  const watch = new ClockWatch(NOON, 0);
  expect(watch.putBackMs(NOON + 4 * 3_600_000, 1000)).toBe(0);
  for (let s = 2; s < 3600; s++) expect(watch.putBackMs(NOON + 4 * 3_600_000 + s * 999, s * 1000)).toBe(0);
});

test("a child that is restarted is another process", async () => {
  const pids: number[] = [];
  let next = Promise.withResolvers<void>();
  const child = supervise({
    name: "child",
    command: process.execPath,
    args: ["-e", "setInterval(() => {}, 1000)"],
    onStarted: (pid) => {
      pids.push(pid);
      next.resolve();
    },
    log: { write: () => undefined },
  });
  await next.promise;
  next = Promise.withResolvers();
  child.restart();
  await next.promise;
  expect(new Set(pids).size).toBe(2);
  expect(child.pid()).toBe(pids[1]);
  await child.stop(5000);
});

test("a start by a clock of before this version says what is wrong and what to do", () => {
  expect(() => requireClock("2026-10-20", Date.UTC(2026, 9, 20))).not.toThrow();
  expect(() => requireClock("2026-10-20", Date.UTC(2006, 10, 28, 23))).toThrow(/says 2006-11-28, .* set the clock right .* start again/);
});
