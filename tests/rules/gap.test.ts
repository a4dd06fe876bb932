import type { AlertTransition } from "@sightline/shared/model/alert";
import { STALE_NAN } from "@sightline/shared/model/sample";
import { describe, expect, test } from "vitest";
import { type StoredAlert, stepAlert } from "../../worker/src/project/alert-lifecycle.ts";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries, groupOf } from "./stored-series.ts";

const T = 1_700_000_000_000;
const SECOND = 1000;
const MINUTE = 60_000;
const cpu = { __name__: "cpu", host: "a" };
const held = alertRule("Busy", "cpu > 0.8", { onGap: "hold" });

function firing(rule = held): { shard: StoredSeries; told: AlertTransition[] } {
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(rule));
  shard.append(cpu, T + SECOND, 0.94);
  return { shard, told: [...shard.finish().transitions] };
}
const summary = ({ transitions }: EvaluationPlan) =>
  transitions.map(({ from, to, at, gapSince, value }) => ({ step: `${from}→${to}`, at: at - T, gapSince, value }));

describe("a firing alert whose series stops", () => {
  test("goes on firing, marked with the gap and its last good value", () => {
    const { shard } = firing();
    expect(summary(shard.tick(T + 4 * MINUTE))).toEqual([]);
    const plan = shard.tick(T + SECOND + 5 * MINUTE);
    expect(summary(plan)).toEqual([{ step: "firing→firing", at: SECOND + 5 * MINUTE, gapSince: T + SECOND + 5 * MINUTE, value: 0.94 }]);
    expect(plan.transitions[0]?.lastValueAt).toBe(T + SECOND);
    expect(shard.evaluation.active()).toMatchObject([{ to: "firing", value: 0.94, gapSince: T + SECOND + 5 * MINUTE }]);
    expect(summary(shard.tick(T + 30 * MINUTE))).toEqual([]);
  });

  test("does so at once when the series is marked as ended", () => {
    const { shard } = firing();
    shard.append(cpu, T + 10 * SECOND, STALE_NAN);
    expect(summary(shard.finish())).toMatchObject([{ step: "firing→firing", gapSince: T + 10 * SECOND }]);
  });

  test("says when the data are back, and resolves by what they say", () => {
    const { shard } = firing();
    shard.tick(T + 10 * MINUTE);
    shard.append(cpu, T + 11 * MINUTE, 0.9);
    expect(summary(shard.finish())).toMatchObject([{ step: "firing→firing", gapSince: undefined, value: 0.9 }]);
    shard.append(cpu, T + 12 * MINUTE, 0.1);
    expect(summary(shard.finish())).toMatchObject([{ step: "firing→resolved", gapSince: undefined }]);
  });

  test("resolves after an hour without data, and says that there were none", () => {
    const { shard } = firing();
    shard.tick(T + 6 * MINUTE);
    const due = T + 66 * MINUTE;
    expect(shard.evaluation.nextTickAt(T + 65 * MINUTE + 59 * SECOND)).toBeLessThanOrEqual(due);
    expect(summary(shard.tick(due))).toMatchObject([{ step: "firing→resolved", gapSince: T + 6 * MINUTE }]);
  });

  test("stays so over kill -9 and a restart", () => {
    const { shard } = firing();
    const rows = new Map<string, Uint8Array>();
    const keep = ({ states }: EvaluationPlan): void => {
      for (const { fingerprint, state } of states) if (state !== null) rows.set(fingerprint, state);
    };
    keep(shard.tick(T + 6 * MINUTE));
    const before = shard.evaluation.active();
    shard.wake(
      [],
      [...rows].map(([fingerprint, state]) => ({ fingerprint, state })),
      groupOf(held),
    );
    expect(shard.evaluation.active()).toEqual(before);
    expect(summary(shard.tick(T + 20 * MINUTE))).toEqual([]);
    expect(summary(shard.tick(T + 66 * MINUTE))).toMatchObject([{ step: "firing→resolved" }]);
  });

  test("resolves as in Prometheus where nothing else is said", () => {
    const { shard } = firing(alertRule("Busy", "cpu > 0.8"));
    expect(summary(shard.tick(T + SECOND + 5 * MINUTE))).toMatchObject([{ step: "firing→resolved" }]);
  });
});

test("a series whose silence is to fire does, once, and until it is back", () => {
  const rule = alertRule("Busy", "cpu > 0.8", { onGap: "fire", gapLimitMs: 30 * MINUTE });
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(rule));
  shard.append(cpu, T + SECOND, 0.2);
  expect(summary(shard.finish())).toEqual([]);
  let now = T;
  const told: string[] = [];
  for (let i = 0; i < 400 && now < T + 60 * MINUTE; i++) {
    now = Math.max(now + 1, shard.evaluation.nextTickAt(now) ?? Infinity);
    told.push(...summary(shard.tick(now)).map(({ step }) => step));
  }
  expect(told).toEqual(["inactive→firing", "firing→resolved"]);
});

test("outcomes that M of N counts are read back from the samples after a restart", () => {
  const rule = alertRule("Busy", "cpu > 0.8", { mOfN: { m: 3, n: 5 } });
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groupOf(rule));
  for (const [i, value] of [0.9, 0.1, 0.9, 0.1].entries()) shard.append(cpu, T + (i + 1) * SECOND, value);
  expect(summary(shard.finish())).toEqual([]);
  shard.wake(shard.snapshot(), [], groupOf(rule));
  shard.append(cpu, T + 5 * SECOND, 0.9);
  expect(summary(shard.finish())).toMatchObject([{ step: "inactive→firing", value: 0.9 }]);
});

describe("the project", () => {
  test("knows of the gap in whatever order it is told", () => {
    const { shard, told } = firing();
    const begun = shard.tick(T + 10 * MINUTE).transitions;
    shard.append(cpu, T + 11 * MINUTE, 0.9);
    const over = shard.finish().transitions;
    const inOrder = (...steps: readonly AlertTransition[]): StoredAlert | null =>
      steps.reduce<StoredAlert | null>((alert, step) => stepAlert(alert, step), null);
    expect(inOrder(...told, ...begun)).toMatchObject({
      state: "firing",
      value: 0.94,
      gap: { since: T + 10 * MINUTE, lastValueAt: T + SECOND },
    });
    const whole = inOrder(...told, ...begun, ...over);
    expect(whole).toMatchObject({ state: "firing", gap: { since: null } });
    expect(inOrder(...over, ...begun, ...told)?.gap).toEqual(whole?.gap);
    expect(inOrder(...begun, ...told, ...over)?.gap).toEqual(whole?.gap);
  });
});

test("a row written before gaps were known is read", () => {
  const { shard } = firing(alertRule("Busy", "cpu > 0.8"));
  const state = { state: "firing", activeAt: T + SECOND, heldAt: T + SECOND, resolvedAt: null, at: T + SECOND, value: 0.94 };
  const [told] = shard.evaluation.active();
  const row = { v: 1, ruleId: "Busy", definition: "cpu > 0.8\u00FFwarning\u00FF", source: { host: "a" }, state, told };
  const bytes = new TextEncoder().encode(JSON.stringify(row));
  expect(shard.wake([], [{ fingerprint: told?.fingerprint ?? "", state: bytes }], groupOf(alertRule("Busy", "cpu > 0.8")))).toBe(true);
  expect(shard.evaluation.active()).toMatchObject([{ rule: "Busy", to: "firing" }]);
  expect(summary(shard.tick(T + 10 * MINUTE))).toMatchObject([{ step: "firing→resolved" }]);
});
