import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";
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

test.each(["avg", "max"])("the %s of a native histogram's observations is held against half an hour before, too", (aggregation) => {
  const rule = `{ metric: checkout_seconds, condition: regression, threshold: 3, baseline: 30m, aggregation: ${aggregation} }`;
  const kind = KINDS["native histogram"];
  expect(kind === undefined ? [] : fired(rule, kind())).toHaveLength(1);
});
