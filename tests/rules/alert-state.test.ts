import { describe, expect, test } from "vitest";
import {
  type AlertInstanceState,
  type AlertTiming,
  nextStepAt,
  stableHash,
  stepAlertState,
  transitionId,
} from "@sightline/shared/alerting/alert-state";

const timing: AlertTiming = { forMs: 60_000, keepFiringForMs: 0, cooldownMs: 0 };
const T = 1_000_000;

/** Feeds (seconds, active) pairs and returns "second: to" for each transition. */
function life(observations: readonly (readonly [second: number, active: boolean])[], rule: AlertTiming = timing): string[] {
  let state: AlertInstanceState | null = null;
  const told: string[] = [];
  for (const [second, active] of observations) {
    const step = stepAlertState(state, { active, value: second, at: T + second * 1000 }, rule);
    if (step.transition !== undefined) told.push(`${second}: ${step.transition.to}`);
    state = step.state;
  }
  return told;
}

describe("the life of an alert", () => {
  test("it is pending while the condition has held for less than `for`, then fires, then resolves", () => {
    expect(
      life([
        [0, true],
        [30, true],
        [60, true],
        [90, true],
        [100, false],
      ]),
    ).toEqual(["0: pending", "60: firing", "100: resolved"]);
  });

  test("without `for` it fires with the first sample", () => {
    expect(life([[0, true]], { ...timing, forMs: 0 })).toEqual(["0: firing"]);
  });

  test("a condition that ends before `for` is over never fires, and starts again from nothing", () => {
    expect(
      life([
        [0, true],
        [30, false],
        [40, true],
        [99, true],
        [100, true],
      ]),
    ).toEqual(["0: pending", "30: inactive", "40: pending", "100: firing"]);
  });

  test("keep_firing_for bridges a gap shorter than itself, counted from when the condition was first seen to be over", () => {
    const rule = { ...timing, forMs: 0, keepFiringForMs: 30_000 };
    expect(
      life(
        [
          [0, true],
          [10, false],
          [20, true],
          [30, false],
          [59, false],
          [60, false],
        ],
        rule,
      ),
    ).toEqual(["0: firing", "60: resolved"]);
  });

  test("within the cooldown it may be pending again but does not fire before it is over", () => {
    const rule = { forMs: 0, keepFiringForMs: 0, cooldownMs: 300_000 };
    expect(
      life(
        [
          [0, true],
          [10, false],
          [20, true],
          [200, true],
          [309, true],
          [310, true],
        ],
        rule,
      ),
    ).toEqual(["0: firing", "10: resolved", "20: pending", "310: firing"]);
  });

  test("a cooldown outlasts a short pending phase", () => {
    const rule = { forMs: 0, keepFiringForMs: 0, cooldownMs: 300_000 };
    expect(
      life(
        [
          [0, true],
          [10, false],
          [20, true],
          [30, false],
          [40, true],
          [310, true],
        ],
        rule,
      ),
    ).toEqual(["0: firing", "10: resolved", "20: pending", "30: inactive", "40: pending", "310: firing"]);
  });

  test("an observation older than the newest one changes nothing, so a replay changes nothing", () => {
    const first = stepAlertState(null, { active: true, value: 1, at: T }, { ...timing, forMs: 0 });
    const replayed = stepAlertState(first.state, { active: false, value: 0, at: T - 1 }, timing);
    expect(replayed.state).toBe(first.state);
    expect(replayed.transition).toBeUndefined();
  });

  test("nothing is remembered of a series that never breached", () => {
    expect(stepAlertState(null, { active: false, value: 0, at: T }, timing)).toEqual({ state: null });
  });

  test("it knows when time alone will change it", () => {
    const pending = stepAlertState(null, { active: true, value: 1, at: T }, timing).state;
    expect(pending === null ? null : nextStepAt(pending, timing)).toBe(T + 60_000);
  });
});

test("the same step has the same id, another step another one", () => {
  expect(transitionId("ab", 5, "firing")).toBe(transitionId("ab", 5, "firing"));
  expect(new Set([transitionId("ab", 5, "firing"), transitionId("ab", 5, "resolved"), transitionId("ab", 6, "firing")]).size).toBe(3);
});

test("fingerprints of 100,000 label sets do not collide", () => {
  const hashes = new Set<string>();
  for (let i = 0; i < 100_000; i++) hashes.add(stableHash(`HighCpu\u00FEhost_name\u00FFhost-${i}\u00FF`));
  expect(hashes.size).toBe(100_000);
});
