/** A backtest tells what live evaluation told: the same samples through a shard's evaluation and through history. */
import fc from "fast-check";
import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { AlertRule } from "@sightline/shared/model/rule";
import { STALE_NAN } from "@sightline/shared/model/sample";
import { type Backtest, backtestRule } from "@sightline/shared/rules/backtest/backtest-rule";
import type { Episode } from "@sightline/shared/rules/backtest/episodes";
import { type GroupTerms, planRule } from "@sightline/shared/rules/rule-plan";
import { describe, expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { runBacktest } from "../../worker/src/backtest/run-backtest.ts";
import { alertRule } from "../support/alert-rule.ts";
import { groupsOf } from "../support/rule-groups.ts";
import { StoredSeries } from "./stored-series.ts";

const STEP = 15_000;
const START = 1_700_000_000_000 - (1_700_000_000_000 % 60_000);

interface Point {
  readonly t: number;
  readonly labels: Labels;
  readonly value: number;
}

type Told = Pick<Episode, "activeAt" | "firedAt" | "resolvedAt"> & { readonly of: string };

const compact = (episodes: readonly Told[]): string[] =>
  episodes
    .map(
      ({ of, activeAt, firedAt, resolvedAt }) =>
        `${of} ${activeAt - START} ${firedAt - START} ${resolvedAt === null ? "" : resolvedAt - START}`,
    )
    .toSorted();

/** Drives samples and the clock through a shard's evaluation as its alarm does; what fired. */
function live(
  rule: AlertRule,
  points: readonly Point[],
  endMs: number,
  gridMs: number | null,
  intervalMs: number,
  terms: GroupTerms,
): { told: Told[]; shard: StoredSeries } {
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure([{ name: "g", intervalMs, rules: [rule], ...terms }]);
  const open = new Map<string, Told>();
  const told: Told[] = [];
  const take = ({ transitions }: EvaluationPlan): void => {
    for (const { fingerprint, labels, from, to, at, activeAt } of transitions) {
      if (from === to) continue;
      const { alertname: _name, severity: _severity, ...source } = labels;
      if (to === "firing") open.set(fingerprint, { of: seriesKey(source), activeAt, firedAt: at, resolvedAt: null });
      const episode = open.get(fingerprint);
      if (to !== "resolved" || episode === undefined) continue;
      told.push({ ...episode, resolvedAt: at });
      open.delete(fingerprint);
    }
  };
  let now = START;
  take(shard.tick(START));
  const tickUntil = (t: number): void => {
    for (;;) {
      const due = shard.evaluation.nextTickAt(now) ?? Infinity;
      const grid = gridMs === null ? Infinity : (Math.floor(now / gridMs) + 1) * gridMs;
      const at = Math.min(Math.max(due, now), grid);
      if (at >= t) return;
      now = at;
      take(shard.tick(at));
    }
  };
  let i = 0;
  while (i < points.length) {
    const t = points[i]?.t ?? 0;
    tickUntil(t);
    for (; points[i]?.t === t; i++) {
      const point = points[i];
      if (point !== undefined) shard.append(point.labels, t, point.value);
    }
    now = t;
    take(shard.finish());
    if (gridMs !== null && t % gridMs === 0) take(shard.tick(t));
  }
  tickUntil(endMs + 1);
  told.push(...open.values());
  return { told, shard };
}

function past(test: Backtest, shard: StoredSeries): readonly Episode[] {
  const steps = backtestRule(test, shard.select);
  for (;;) {
    const step = steps.next();
    if (step.done !== true) continue;
    if (!step.value.ok) throw new Error(step.value.error.message);
    return step.value.value;
  }
}

const agree = (rule: AlertRule, some: readonly Point[], gridMs: number | null, intervalMs = STEP, terms: GroupTerms = {}): number => {
  const endMs = (some.at(-1)?.t ?? START) + 900_000;
  // Another sender goes on, so that the shard does not rest.
  const others = Array.from({ length: (endMs - START) / 60_000 }, (_, i) => ({
    t: START + i * 60_000,
    labels: { __name__: "other" },
    value: 1,
  }));
  const points = [...some, ...others].toSorted((a, b) => a.t - b.t);
  const { told, shard } = live(rule, points, endMs, gridMs, intervalMs, terms);
  const found = past({ rule, intervalMs, ...terms, startMs: START, endMs }, shard);
  expect(compact(found.map(({ labels, ...episode }) => ({ ...episode, of: seriesKey(labels) }))), JSON.stringify(rule)).toEqual(
    compact(told),
  );
  return found.length;
};

const level = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.constant(STALE_NAN) });
/** Stretches of one level, some of them of silence. */
const walk = fc.array(
  fc.record({ level, noise: fc.boolean(), length: fc.integer({ min: 1, max: 25 }), silent: fc.constantFrom(false, false, false, true) }),
  {
    minLength: 2,
    maxLength: 12,
  },
);

function pointsOf(walks: readonly (typeof walk extends fc.Arbitrary<infer T> ? T : never)[], jitter: number): Point[] {
  const points = walks.flatMap((stretches, which) => {
    let step = 0;
    return stretches.flatMap(({ level: value, noise, length, silent }) =>
      Array.from({ length }, (_, i) => {
        step++;
        const t = START + step * STEP + ((step * 7919 + which * 131) % (jitter + 1));
        return { t, labels: { __name__: "m", which: String(which) }, value: noise && i % 3 === 0 ? value - 4 : value, silent };
      }),
    );
  });
  return points.filter(({ silent }) => !silent).toSorted((a, b) => a.t - b.t);
}

const options = fc.record({
  forMs: fc.constantFrom(0, 30_000, 45_000, 120_000),
  keepFiringForMs: fc.constantFrom(0, 0, 60_000),
  cooldownMs: fc.constantFrom(0, 0, 300_000),
  onGap: fc.constantFrom("resolve" as const, "resolve" as const, "hold" as const, "fire" as const),
  gapLimitMs: fc.constantFrom(300_000, 600_000),
  mOfN: fc.constantFrom(undefined, undefined, { m: 2, n: 3 }, { m: 3, n: 5 }),
  recovery: fc.boolean(),
});
const ruleFrom = (expr: string, { mOfN, recovery, onGap, ...rest }: typeof options extends fc.Arbitrary<infer T> ? T : never): AlertRule =>
  alertRule("Rule", `${expr} > 10`, {
    ...rest,
    ...(onGap === "resolve" ? {} : { onGap }),
    ...(mOfN === undefined ? {} : { mOfN }),
    ...(recovery ? { keepFiringExpr: `${expr} >= 6` } : {}),
  });

describe("a backtest tells what live evaluation told", () => {
  test("of rules that stream, to the ms of each sample", () => {
    let episodes = 0;
    fc.assert(
      fc.property(options, fc.array(walk, { minLength: 1, maxLength: 3 }), (fields, walks) => {
        episodes += agree(ruleFrom("m", fields), pointsOf(walks, 9000), fields.onGap === "fire" ? STEP : null);
      }),
      { numRuns: 200, seed: 20_261_121 },
    );
    expect(episodes).toBeGreaterThan(150);
  });

  test("of rules over windows", () => {
    let episodes = 0;
    fc.assert(
      fc.property(
        fc.constantFrom("avg_over_time(m[1m])", "max_over_time(m[2m])", "rate(m[1m])", "m + min_over_time(m[45s])"),
        options,
        fc.array(walk, { minLength: 1, maxLength: 2 }),
        (expr, fields, walks) => {
          episodes += agree(ruleFrom(expr, fields), pointsOf(walks, 0), STEP);
        },
      ),
      { numRuns: 200, seed: 20_261_121 },
    );
    expect(episodes).toBeGreaterThan(100);
  });

  test("of rules over windows whose group is evaluated more often than samples come", () => {
    let episodes = 0;
    fc.assert(
      fc.property(
        fc.constantFrom("10 * count_over_time(m[20s])", "20 - sum_over_time(m[25s])", "30 - 10 * count_over_time(m[40s])"),
        options.map((fields) => ({ ...fields, recovery: false })),
        walk,
        (expr, fields, stretches) => {
          episodes += agree(ruleFrom(expr, fields), pointsOf([stretches], 0), 5000, 5000);
        },
      ),
      { numRuns: 100, seed: 20_261_121 },
    );
    expect(episodes).toBeGreaterThan(50);
  });

  test("of rules on their interval", () => {
    let episodes = 0;
    fc.assert(
      fc.property(
        fc.constantFrom("sum by (which) (m)", "max(m)", "sum by (which) (rate(m[1m]))", "quantile_over_time(0.9, m[1m])"),
        options,
        fc.array(walk, { minLength: 1, maxLength: 2 }),
        (expr, fields, walks) => {
          const rule = ruleFrom(expr, fields);
          const plan = planRule(rule);
          expect(plan.ok && plan.value.program).toBeNull();
          episodes += agree(rule, pointsOf(walks, 0), STEP);
        },
      ),
      { numRuns: 150, seed: 20_261_121 },
    );
    expect(episodes).toBeGreaterThan(60);
  });

  test.each<GroupTerms>([{ limit: 1 }, { limit: 100 }, { queryOffsetMs: 45_000 }, { limit: 2, queryOffsetMs: 20_000 }])(
    "of rules in a group of %j, which are evaluated on its interval and not at samples",
    (terms) => {
      let episodes = 0;
      fc.assert(
        fc.property(
          fc.constantFrom("m", "avg_over_time(m[1m])", "sum by (which) (m)"),
          options,
          fc.array(walk, { minLength: 1, maxLength: 3 }),
          (expr, fields, walks) => {
            episodes += agree(ruleFrom(expr, fields), pointsOf(walks, 9000), STEP, STEP, terms);
          },
        ),
        { numRuns: 60, seed: 20_261_121 },
      );
      expect(episodes).toBeGreaterThan(30);
    },
  );

  test("of rules whose labels follow the value", () => {
    const labels = { level: "{{ if gt $value 15.0 }}high{{ else if gt $value 12.0 }}middle{{ end }}" };
    let episodes = 0;
    fc.assert(
      fc.property(
        fc.constantFrom("m", "sum by (which) (m)"),
        options,
        fc.array(walk, { minLength: 1, maxLength: 2 }),
        (expr, fields, walks) => {
          episodes += agree({ ...ruleFrom(expr, fields), labels }, pointsOf(walks, 0), STEP);
        },
      ),
      { numRuns: 100, seed: 20_261_121 },
    );
    expect(episodes).toBeGreaterThan(60);
  });
});

test("a rule of a group that is waited for is asked of all shards together, with what its group says", async () => {
  const asked: Backtest[] = [];
  const rules = JSON.stringify({
    groups: [{ name: "g", interval: "60s", limit: 1, query_offset: "10m", rules: [{ alert: "B", expr: "m > 1" }] }],
  });
  const answer = await runBacktest(
    { rules, compare: undefined, startMs: START, endMs: START + STEP, alerts: [], groups: [] },
    {
      eachShard: async () => [],
      acrossShards: async (test) => {
        asked.push(test);
        return { ok: true, value: { episodes: [], suggestion: null } };
      },
    },
  );
  expect(answer.ok).toBe(true);
  expect(asked).toMatchObject([{ limit: 1, queryOffsetMs: 600_000, intervalMs: 60_000 }]);
});

test("an alert on what rules record is tested as it is judged live: on its interval, which may be longer than samples are looked back on", async () => {
  const shard = new StoredSeries();
  const at = (evaluation: number): number => START + 180_000 + evaluation * 600_000;
  for (const [i, value] of [1, 20, 20, 20, 20, 1, 1].entries()) shard.append({ __name__: "all" }, at(i), value);
  const asked: Backtest[] = [];
  const rules = (more: string): string =>
    `groups: [{ name: g, interval: 10m, rules: [${more} { alert: Busy, expr: all > 10, for: 20m }] }]`;
  const record = "{ record: all, expr: sum(m) },";
  for (const [text, stored] of [
    [rules(record), rules("")],
    [rules(""), rules(record)],
  ] as const) {
    await runBacktest(
      { rules: text, compare: undefined, startMs: START, endMs: at(7), alerts: [], groups: groupsOf(stored) },
      {
        eachShard: async () => [],
        acrossShards: async (one) => {
          asked.push(one);
          return { ok: true, value: { episodes: past(one, shard), suggestion: null } };
        },
      },
    );
  }
  expect(asked.map(({ recorded }) => recorded)).toEqual([new Set(["all"]), new Set(["all"])]);
  for (const one of asked)
    expect(past(one, shard).map(({ firedAt, resolvedAt }) => [firedAt, resolvedAt])).toEqual([[firstFull(at(3)), firstFull(at(5))]]);
});

/** The first multiple of ten minutes since START's. */
const firstFull = (t: number): number => Math.ceil(t / 600_000) * 600_000;
