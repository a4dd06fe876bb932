import { expect, it } from "vitest";
import { readAlerts, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { nextPruneAt, prune } from "../../worker/src/project/prune.ts";
import { transition } from "../support/alert-transition.ts";
import { openRecorded } from "./recorded-project.ts";

const HOUR = 3_600_000;
const MONTHS = 200 * 24 * HOUR;

it("what is over is not forgotten by a clock that is months ahead for less than a day", () => {
  const { ports, clock } = openRecorded();
  receiveTransitions(ports, [transition("pending", "firing", clock.now, {}), transition("firing", "resolved", clock.now, {})]);
  const right = clock.now;
  /** How many alerts are left once it was looked, so many ms later. */
  const leftAfter = (ms: number): number => {
    clock.now = right + ms;
    prune(ports);
    return readAlerts(ports, { limit: 5 }).length;
  };
  expect([0, MONTHS, MONTHS + HOUR, MONTHS + 23 * HOUR].map(leftAfter)).toEqual([1, 1, 1, 1]);
  // Put right, all goes on.
  expect([2 * HOUR, 30 * HOUR].map(leftAfter)).toEqual([1, 1]);
  // A machine that was off for so long: after a day it is believed.
  expect([MONTHS, MONTHS + 25 * HOUR].map(leftAfter)).toEqual([1, 0]);
});

it("what is over is forgotten in a project that something else wakes every third day only", () => {
  const { ports, clock } = openRecorded();
  receiveTransitions(ports, [transition("pending", "firing", clock.now, {}), transition("firing", "resolved", clock.now, {})]);
  const woken: number[] = [];
  const until = clock.now + MONTHS;
  for (let other = clock.now; other < until; clock.now = Math.min(other, nextPruneAt(ports) ?? Infinity)) {
    if (clock.now === other) other += 72 * HOUR;
    woken.push(clock.now);
    prune(ports);
  }
  expect(readAlerts(ports, { limit: 5 })).toEqual([]);
  // Once by itself between two of them.
  expect(woken.length).toBeLessThan((2 * MONTHS) / (72 * HOUR) + 5);
  expect(new Set(woken).size).toBe(woken.length);
});
