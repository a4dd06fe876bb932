import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import { type RuleGroup, isRecording } from "@sightline/shared/model/rule";
import { backtestRule } from "@sightline/shared/rules/backtest/backtest-rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { StoredSeries } from "./stored-series.ts";

const T = 1_700_000_000_000;
const STEP = 15_000;
/** 40 min: a regression compares the last five of them with those of half an hour before. */
const STEPS = 160;
const SLOW_FROM = 130;

/** Rules that fired while a checkout took 0.2 s, and 2 s towards the end. */
function fired(rule: string, show: (shard: StoredSeries, at: number, seconds: number) => void): readonly string[] {
  const groups = parseRuleFile(`groups: [{ name: shop, interval: 15s, rules: [${rule}] }]`);
  if (!groups.ok) throw new Error(groups.error.message);
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groups.value);
  const found: string[] = [];
  for (let i = 0; i < STEPS; i++) {
    const at = T + i * STEP;
    show(shard, at, i < SLOW_FROM ? 0.2 : 2);
    const { transitions } = shard.tick(at);
    for (const { to, value, labels } of transitions) {
      if (to === "firing") found.push(`${labels["path"]}: ${value.toPrecision(2)}${i < SLOW_FROM ? " too early" : ""}`);
    }
  }
  return found;
}

/** The same observations as a timer of ours sends them, as an older client does, and as a gauge. */
const KINDS: Readonly<Record<string, () => Parameters<typeof fired>[1]>> = {
  "native histogram": () => {
    const observed = new ExponentialHistogram();
    return (shard, at, seconds) => {
      observed.record(seconds, 20);
      shard.appendHistogram({ __name__: "checkout_seconds", path: "/" }, at, observed.toNative());
    };
  },
  "histogram of classic buckets": () => {
    let [fast, all] = [0, 0];
    return (shard, at, seconds) => {
      all += 20;
      if (seconds < 0.25) fast += 20;
      const buckets = { "0.25": fast, "1.5": fast, "2.5": all, "+Inf": all };
      for (const [le, count] of Object.entries(buckets))
        shard.append({ __name__: "checkout_seconds_bucket", path: "/", le }, at, count, "counter");
    };
  },
  gauge: () => (shard, at, seconds) => shard.append({ __name__: "checkout_seconds", path: "/" }, at, seconds),
};

describe.each(Object.entries(KINDS))("of a %s the short form", (_, kind) => {
  test("sees a percentile above a threshold", () => {
    const rule = "{ metric: checkout_seconds, condition: above, threshold: 0.5, window: 5m, aggregation: p95 }";
    expect(fired(rule, kind())).toEqual([expect.stringMatching(/^\/: (?:1\.\d|2\.\d)$/)]);
  });

  test("sees a percentile that grew against half an hour before", () => {
    const rule = "{ metric: checkout_seconds, condition: regression, threshold: 3, baseline: 30m, window: 5m, aggregation: p95 }";
    expect(fired(rule, kind())).toEqual([expect.stringMatching(/^\/: \d+(?:\.\d)?$/)]);
  });

  test("holds a percentile of too few observations to be none", () => {
    const rule = "{ metric: checkout_seconds, condition: above, threshold: 0.5, aggregation: p95, min_samples: 100000 }";
    expect(fired(rule, kind())).toEqual([]);
  });
});

const AVERAGE = "{ metric: checkout_seconds, condition: above, threshold: 0.5, recovery_threshold: 0.3, window: 5m }";

test.each([
  ["avg", 0.5, "native histogram"],
  ["max", 0.5, "native histogram"],
  ["sum", 300, "native histogram"],
  ["avg", 0.5, "gauge"],
  ["max", 0.5, "gauge"],
  ["sum", 10, "gauge"],
] as const)("the %s is above %d of a %s's observations or samples", (aggregation, threshold, name) => {
  const rule = `{ metric: checkout_seconds, condition: above, threshold: ${threshold}, window: 5m, aggregation: ${aggregation} }`;
  const kind = KINDS[name];
  expect(kind === undefined ? [] : fired(rule, kind())).toEqual([expect.not.stringContaining("early")]);
});

test.each([
  ["gauge", "avg_over_time(checkout_seconds[5m]) > 0.5"],
  ["native histogram", "histogram_avg(rate(checkout_seconds[5m])) > 0.5"],
])("an alert about a %s says its own half of the condition", (name, condition) => {
  const { shard } = shardWith("{ metric: checkout_seconds, condition: above, threshold: 0.5, window: 5m }");
  const show = KINDS[name]?.();
  const told = new Set<string>();
  for (let at = T; at < T + 40 * STEP; at += STEP) {
    show?.(shard, at, 2);
    for (const transition of shard.tick(at).transitions) told.add(transition.condition);
  }
  expect([...told]).toEqual([condition]);
});

test("too few observations of a native histogram are no average", () => {
  const kind = KINDS["native histogram"];
  const guarded = (samples: number): string => AVERAGE.replace("window", `min_samples: ${samples}, window`);
  expect(kind === undefined ? [] : fired(guarded(350), kind())).toHaveLength(1);
  expect(kind === undefined ? [] : fired(guarded(500), kind())).toEqual([]);
});

function shardWith(rule: string): { readonly shard: StoredSeries; readonly groups: readonly RuleGroup[] } {
  const groups = parseRuleFile(`groups: [{ name: shop, interval: 15s, rules: [${rule}] }]`);
  if (!groups.ok) throw new Error(groups.error.message);
  const shard = new StoredSeries();
  shard.nowMs = T;
  shard.configure(groups.value);
  return { shard, groups: groups.value };
}

test("a backtest tells of a native histogram what was told live", () => {
  const rule = AVERAGE.replace("window", "on_gap: resolve, window");
  const { shard, groups } = shardWith(rule);
  const show = KINDS["native histogram"]?.();
  const live: number[] = [];
  for (let at = T; at < T + STEPS * STEP; at += STEP) {
    show?.(shard, at, at < T + SLOW_FROM * STEP ? 0.2 : 2);
    for (const { to, at: told } of shard.tick(at).transitions) if (to === "firing") live.push(told);
  }
  const [tested] = groups.flatMap((group) => group.rules);
  if (tested === undefined || isRecording(tested)) throw new Error("it is an alerting rule");
  const run = backtestRule({ rule: tested, intervalMs: STEP, startMs: T, endMs: T + (STEPS - 1) * STEP }, shard.select);
  let step = run.next();
  while (step.done !== true) step = run.next();
  expect(step.value.ok && step.value.value.map(({ firedAt }) => firedAt)).toEqual(live);
  expect(live).toHaveLength(1);
});

test("a gauge is judged as each sample comes, whatever its metric could have been", () => {
  const { shard } = shardWith(AVERAGE);
  shard.append({ __name__: "checkout_seconds" }, T + 1000, 2);
  expect(shard.finish().transitions.map(({ to }) => to)).toEqual(["firing"]);
});

test("an alert of a native histogram wakes no shard before its interval, and is the same one after a restart", () => {
  const { shard, groups } = shardWith(AVERAGE);
  const observed = new ExponentialHistogram();
  const states = new Map<string, Uint8Array>();
  const told: string[] = [];
  const take = (plan: EvaluationPlan): void => {
    for (const { to } of plan.transitions) told.push(to);
    for (const { fingerprint, state } of plan.states) if (state !== null) states.set(fingerprint, state);
  };
  const minute = (from: number, seconds: number): void => {
    for (let at = from; at < from + 4 * STEP; at += STEP) {
      observed.record(seconds, 20);
      shard.appendHistogram({ __name__: "checkout_seconds" }, at, observed.toNative());
      take(shard.tick(at));
    }
  };
  minute(T, 2);
  expect(told).toEqual(["firing"]);
  expect(shard.evaluation.nextTickAt(shard.nowMs)).toBe(shard.nowMs + STEP);
  shard.wake(
    shard.snapshot(),
    [...states].map(([fingerprint, state]) => ({ fingerprint, state })),
    groups,
  );
  minute(T + 60_000, 2);
  expect(told).toEqual(["firing"]);
  for (let i = 2; i < 10; i++) minute(T + i * 60_000, 0.1);
  expect(told).toEqual(["firing", "resolved"]);
});

test.each(["avg", "max"])("the %s of a native histogram's observations is held against half an hour before, too", (aggregation) => {
  const rule = `{ metric: checkout_seconds, condition: regression, threshold: 3, baseline: 30m, aggregation: ${aggregation} }`;
  const kind = KINDS["native histogram"];
  expect(kind === undefined ? [] : fired(rule, kind())).toHaveLength(1);
});
