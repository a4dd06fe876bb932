/** Rules that stream and rules on their interval are one language: on the same data they raise the same alerts. */
import fc from "fast-check";
import { formatLabels } from "@sightline/shared/model/labels";
import { STALE_NAN } from "@sightline/shared/model/sample";
import { parseQuery } from "@sightline/shared/promql/engine";
import { isRecording } from "@sightline/shared/model/rule";
import type { AlertRule } from "@sightline/shared/model/rule";
import { RunningGroup } from "@sightline/shared/rules/evaluate-group";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { planRule } from "@sightline/shared/rules/rule-plan";
import { describe, expect, test } from "vitest";
import { compileSeriesProgram } from "@sightline/shared/rules/streaming/compile";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries } from "./stored-series.ts";

const STEP = 15_000;
const START = 1_700_000_000_000 - (1_700_000_000_000 % STEP);
const RUNS = 300;

const range = fc.constantFrom("30s", "1m", "2m", "5m").map((window) => `m[${window}]`);
const reading = fc.oneof(
  { weight: 3, arbitrary: fc.constant("m") },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "rate",
          "increase",

          "avg_over_time",
          "min_over_time",
          "max_over_time",
          "sum_over_time",
          "count_over_time",
          "last_over_time",
        ),
        range,
      )
      .map(([name, selector]) => `${name}(${selector})`),
  },
);
const constant = fc.constantFrom("0", "1", "2.5", "10", "-3");
const expression = fc.oneof(
  reading,
  fc.tuple(reading, fc.constantFrom("+", "-", "*", "/"), constant).map(([left, op, right]) => `${left} ${op} ${right}`),
  fc.tuple(reading, fc.constantFrom("+", "-", "/"), reading).map(([left, op, right]) => `(${left} ${op} ${right})`),
);
const rule = fc
  .record({
    left: expression,
    op: fc.constantFrom(">", "<", ">=", "<=", "==", "!="),
    right: constant,
    forMs: fc.constantFrom(0, 0, 30_000, 60_000),
    keepFiringForMs: fc.constantFrom(0, 0, 30_000),
  })
  .map(({ left, op, right, forMs, keepFiringForMs }) =>
    alertRule("Rule", `${left} ${op} ${right}`, { forMs, keepFiringForMs, labels: { of: "{{ $labels.__name__ }}" } }),
  );
/** Null: no sample at this step. "stale": the series ends. */
const point = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -5, max: 20 }) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant("stale" as const) },
);
const series = fc.array(point, { minLength: 10, maxLength: 60 });

/** A point of another time than the step it comes at: late, or ahead of the clock; in steps. */
type Shifted = { readonly value: number | "stale"; readonly by: number };
type Column = readonly (number | "stale" | null | Shifted)[];

/** Steps in which both plans had alerts; throws where they differ. */
function compare(alert: AlertRule, columns: readonly Column[], streams = true, stepMs = STEP): number {
  const plan = planRule(alert);
  if (!plan.ok || (plan.value.program !== null) !== streams) throw new Error(`${alert.expr} ${streams ? "does not stream" : "streams"}`);
  const shard = new StoredSeries();
  const group = { name: "g", intervalMs: stepMs, rules: [alert] };
  shard.nowMs = START;
  shard.configure([group]);
  const interval = new RunningGroup(group);
  const length = Math.max(...columns.map((column) => column.length));
  let fired = 0;
  for (let i = 0; i < length; i++) {
    const t = START + i * stepMs;
    columns.forEach((column, which) => {
      const point = column[i];
      if (point === null || point === undefined) return;
      const { value, by } = typeof point === "object" ? point : { value: point, by: 0 };
      shard.nowMs = t;
      shard.arrive({ __name__: "m", which: String(which) }, t + by * stepMs, value === "stale" ? STALE_NAN : value);
    });
    shard.finish();
    shard.tick(t);
    const problems = interval.run(t, { select: shard.select, append: () => undefined, externalUrl: "" });
    expect(problems).toEqual([]);
    const streamed = shard.evaluation.active().map(({ labels, to }) => `${formatLabels({ ...labels, severity: "" })} ${to}`);
    const evaluated = interval.alerts("Rule").map(({ labels, state }) => `${formatLabels({ ...labels, severity: "" })} ${state}`);
    expect(streamed.toSorted(), `${JSON.stringify(alert)}, step ${i}`).toEqual(evaluated.toSorted());
    if (evaluated.length > 0) fired++;
  }
  return fired;
}

/** Runs of one kind, so that gaps outlast the time for which an instant selector still finds a sample. */
const stretches = (point: fc.Arbitrary<number | "stale" | null>): fc.Arbitrary<Column> =>
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fc.array(point, { minLength: 3, maxLength: 20 }) },
        { weight: 1, arbitrary: fc.constant(Array<null>(24).fill(null)) },
      ),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    .map((parts) => parts.flat());

const conditional = fc
  .record({
    left: reading,
    op: fc.constantFrom(">", "<", ">=", "<="),
    right: fc.constantFrom(1, 2.5, 10),
    recovery: fc.constantFrom(0, 0, 1, 4),
    onGap: fc.constantFrom("resolve", "hold", "fire"),
    gap_limit: fc.constantFrom(undefined, "1m", "3m", "10m"),
    m_of_n: fc.constantFrom(undefined, undefined, "2 of 3", "3 of 5", "1 of 4"),
    min_samples: fc.constantFrom(undefined, undefined, 3),
    for: fc.constantFrom("0s", "0s", "30s", "1m"),
    keep_firing_for: fc.constantFrom("0s", "0s", "30s"),
  })
  .map(({ left, op, right, recovery, onGap, gap_limit, min_samples, ...rest }) => {
    const rule = {
      alert: "Rule",
      expr: `${left} ${op} ${right}`,
      cooldown: "0s",
      on_gap: onGap,
      ...(recovery === 0 ? {} : { recovery_threshold: op.startsWith(">") ? right - recovery : right + recovery }),
      ...(gap_limit === undefined || onGap === "resolve" ? {} : { gap_limit }),
      ...(min_samples === undefined || left === "m" || left.startsWith("last") ? {} : { min_samples }),
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    };
    const parsed = parseRuleFile(JSON.stringify([rule]));
    const first = parsed.ok ? parsed.value[0]?.rules[0] : undefined;
    if (first === undefined || isRecording(first)) throw new Error(parsed.ok ? "no rule" : parsed.error.message);
    return first;
  });

describe("a rule that streams", () => {
  test("raises the alerts that evaluating it at the same moments raises", () => {
    let fired = 0;
    fc.assert(
      fc.property(rule, fc.array(series, { minLength: 1, maxLength: 3 }), (alert, columns) => {
        const parsed = parseQuery(alert.expr);
        if (!parsed.ok || compileSeriesProgram(parsed.value) === null) throw new Error(`${alert.expr} does not stream`);
        fired += compare(alert, columns);
      }),
      { numRuns: RUNS, seed: 20_261_121 },
    );
    // A comparison in which nothing ever fires would prove nothing.
    expect(fired).toBeGreaterThan(RUNS);
  });

  test("does so when samples come late or are ahead of the clock", () => {
    let fired = 0;
    const value = fc.integer({ min: -5, max: 20 });
    const shifted = fc.record({ value, by: fc.oneof(fc.integer({ min: -8, max: -1 }), fc.integer({ min: 1, max: 30 })) });
    const column = fc.array(fc.oneof({ weight: 4, arbitrary: point }, { weight: 1, arbitrary: shifted }), { minLength: 10, maxLength: 60 });
    // How long it has lasted is counted from samples where a rule streams, and a late one is of another time than the evaluation that sees it.
    const lasting = rule.map((alert) => ({ ...alert, forMs: 0, keepFiringForMs: 0 }));
    fc.assert(
      fc.property(lasting, fc.array(column, { minLength: 1, maxLength: 3 }), (alert, columns) => void (fired += compare(alert, columns))),
      { numRuns: RUNS, seed: 20_261_122 },
    );
    expect(fired).toBeGreaterThan(RUNS);
  });

  test("does so where a series falls silent and little of it is left in a short window", () => {
    let fired = 0;
    const counted = fc
      .record({
        window: fc.constantFrom("10s", "12s", "20s", "30s"),
        below: fc.integer({ min: 2, max: 9 }),
        forMs: fc.constantFrom(0, 0, 2000, 3000),
        stepMs: fc.constantFrom(1000, 1000, 5000),
      })
      .map(({ window, below, forMs, stepMs }) => ({
        alert: alertRule("Rule", `count_over_time(m[${window}]) < ${below}`, { forMs }),
        stepMs,
      }));
    fc.assert(
      fc.property(counted, fc.array(stretches(point), { minLength: 1, maxLength: 3 }), ({ alert, stepMs }, columns) => {
        fired += compare(alert, columns, true, stepMs);
      }),
      { numRuns: RUNS, seed: 20_261_124 },
    );
    expect(fired).toBeGreaterThan(RUNS);
  });

  test("does so with recovery thresholds, M of N, gaps and traffic guards", () => {
    let fired = 0;
    const value = fc.integer({ min: -5, max: 20 });
    const gaps = stretches(fc.oneof({ weight: 20, arbitrary: value }, { weight: 1, arbitrary: fc.constant("stale" as const) }));
    fc.assert(
      // M of N counts samples where a rule streams and evaluations elsewhere: one sample a step makes them the same.
      fc.property(conditional, fc.array(gaps, { minLength: 1, maxLength: 3 }), (alert, columns) => {
        const whole = columns.map((column) => column.filter((point) => point !== null)).filter((column) => column.length > 0);
        const shortest = Math.min(...whole.map((column) => column.length));
        const even = whole.map((column) => column.slice(0, shortest));
        fired += alert.mOfN === undefined ? compare(alert, columns) : whole.length === 0 ? 0 : compare(alert, even);
      }),
      { numRuns: RUNS * 2, seed: 20_261_121 },
    );
    expect(fired).toBeGreaterThan(RUNS);
  });
});

/** As the value goes up and down the alert is another one. */
const following = (alert: AlertRule): AlertRule => ({
  ...alert,
  labels: { ...alert.labels, level: "{{ if gt $value 8.0 }}high{{ else if gt $value 3.0 }}middle{{ end }}" },
});

describe("a rule whose labels follow the value", () => {
  test("has live the alerts that its unit test has", () => {
    let fired = 0;
    fc.assert(
      fc.property(
        fc.oneof(rule, conditional),
        fc.array(stretches(point), { minLength: 1, maxLength: 3 }),
        (alert, columns) => void (fired += compare(following(alert), columns, false)),
      ),
      { numRuns: RUNS / 4, seed: 20_261_123 },
    );
    expect(fired).toBeGreaterThan(RUNS);
  });
});
