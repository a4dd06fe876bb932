import { expect, it } from "vitest";
import { readAlerts, receiveTransitions } from "../../worker/src/project/project-core.ts";
import { prune } from "../../worker/src/project/prune.ts";
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
