import { judgeFlapping, rememberChange } from "@sightline/shared/alerting/flapping";
import type { AlertTransition, Flapping } from "@sightline/shared/model/alert";
import type { AlertRule } from "@sightline/shared/model/rule";
import { suggestSetting } from "@sightline/shared/rules/suggest-setting";
import { describe, expect, test } from "vitest";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries, groupOf } from "./stored-series.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = 1_700_000_000_000 - (1_700_000_000_000 % MINUTE);
const cpu = { __name__: "cpu", host: "a" };

/** Samples of one series every 5 s, and what its rule tells. */
function watched(
  rule: AlertRule,
  durationMs: number,
  value: (elapsedMs: number) => number,
): { told: AlertTransition[]; shard: StoredSeries } {
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure(groupOf(rule));
  const told: AlertTransition[] = [];
  for (let elapsed = 0; elapsed <= durationMs; elapsed += 5 * SECOND) {
    shard.append(cpu, START + elapsed, value(elapsed));
    told.push(...shard.finish().transitions, ...shard.tick(START + elapsed).transitions);
  }
  return { told, shard };
}

/** What reaches people: a change that does not flap at once, one that does only as the state in which it has kept still. */
function notifications(told: readonly AlertTransition[]): string[] {
  const news = told.filter(({ from, to }) => from !== to && (to === "firing" || to === "resolved"));
  let last = "resolved";
  return news.flatMap(({ to, at, flapping }, i) => {
    const tellAt = flapping?.until ?? at;
    const next = news[i + 1]?.at ?? Infinity;
    if (next <= tellAt || to === last) return [];
    last = to;
    return [to];
  });
}

const flaps = (elapsed: number): number => (elapsed % (40 * SECOND) < 20 * SECOND ? 95 : 50);

describe("a series that flaps with a period of 40 s for an hour", () => {
  test.each([
    ["with the cooldown that rules have", 5 * MINUTE],
    ["without a cooldown", 0],
  ])("is told at most three times %s, and the alert says why and what would help", (_title, cooldownMs) => {
    const { told } = watched(alertRule("Busy", "cpu > 90", { cooldownMs }), HOUR, flaps);
    expect(told.filter(({ to }) => to === "firing").length).toBeGreaterThan(10);
    expect(notifications(told).length).toBeLessThanOrEqual(3);
    const last = told.findLast(({ flapping }) => flapping !== undefined)?.flapping;
    expect(last?.reason).toMatch(/^It has fired \d+ times within .*for at most 20 s at a time\.$/);
    expect(last?.suggestion).toContain("`for: 30s` it would have fired not at all in the last two hours");
  });

  test("and then breaches for good is told of within minutes", () => {
    const { told } = watched(alertRule("Busy", "cpu > 90", { cooldownMs: 5 * MINUTE }), HOUR + 20 * MINUTE, (t) =>
      t < HOUR ? flaps(t) : 95,
    );
    const fired = told.findLast(({ to }) => to === "firing");
    expect(notifications(told).at(-1)).toBe("firing");
    expect((fired?.flapping?.until ?? fired?.at ?? 0) - START - HOUR).toBeLessThanOrEqual(8 * MINUTE);
  });

  test("has a suggestion that, applied, keeps quiet and still catches a real step", () => {
    const rule = alertRule("Busy", "cpu > 90");
    const { shard } = watched(rule, HOUR, flaps);
    const suggestion = suggestSetting(rule, { host: "a" }, shard.select, START + HOUR);
    expect(suggestion).toMatchObject({ field: "for", value: "30s", firings: 0 });
    const applied = alertRule("Busy", "cpu > 90", { forMs: 30 * SECOND });
    const { told } = watched(applied, HOUR + 5 * MINUTE, (t) => (t < HOUR ? flaps(t) : 95));
    expect(told.filter(({ to }) => to === "firing").map(({ at }) => at - START)).toEqual([HOUR + 30 * SECOND]);
  });

  test("goes on flapping over a restart", () => {
    const rule = alertRule("Busy", "cpu > 90");
    const { shard } = watched(rule, 0, flaps);
    const rows = new Map<string, Uint8Array>();
    let last: Flapping | undefined;
    for (let elapsed = 5 * SECOND; elapsed <= 5 * MINUTE; elapsed += 5 * SECOND) {
      if (elapsed % (25 * SECOND) === 0)
        shard.wake(
          shard.snapshot(),
          [...rows].map(([fingerprint, state]) => ({ fingerprint, state })),
          groupOf(rule),
        );
      shard.append(cpu, START + elapsed, flaps(elapsed));
      const { states, transitions } = shard.finish();
      for (const { fingerprint, state } of states) {
        if (state === null) rows.delete(fingerprint);
        else rows.set(fingerprint, state);
      }
      last = transitions.at(-1)?.flapping ?? last;
    }
    expect(last?.reason).toMatch(/fired [678] times/);
  });
});

test("an alert that comes twice in an afternoon does not flap", () => {
  const times = [0, 20 * MINUTE, 3 * HOUR, 3 * HOUR + 10 * MINUTE, 3 * HOUR + 40 * MINUTE];
  let changes: readonly number[] = [];
  const verdicts = times.map((at, i) => judgeFlapping((changes = rememberChange(changes, at)), i % 2 === 0, undefined));
  expect(verdicts).toEqual([null, null, null, null, null]);
});

test("where long breaches have short pauses, bridging the pauses is suggested", () => {
  const rule = alertRule("Busy", "cpu > 90");
  const { shard } = watched(rule, 2 * HOUR, (t) => (t % (10 * MINUTE) < 9 * MINUTE ? 95 : 85));
  const suggestion = suggestSetting(rule, { host: "a" }, shard.select, START + 2 * HOUR);
  expect(suggestion?.firings).toBeLessThanOrEqual(1);
  expect(["keep_firing_for", "recovery_threshold", "for"]).toContain(suggestion?.field);
});

test.each([-1e300, -Infinity, 80])("an average over a window is suggested whatever came before it: %s", (first) => {
  const rule = alertRule("Busy", "cpu > 90");
  const { shard } = watched(rule, HOUR, (t) => (t === 0 ? first : t % (10 * SECOND) === 0 ? 95 : 70));
  expect(suggestSetting(rule, { host: "a" }, shard.select, START + HOUR)).toMatchObject({ field: "window", value: "30s" });
});
