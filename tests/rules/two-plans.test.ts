/** Rules that stream and rules on their interval are one language: on the same data they raise the same alerts. */
import fc from "fast-check";
import { formatLabels } from "@sightline/shared/model/labels";
import { STALE_NAN } from "@sightline/shared/model/sample";
import { parseQuery } from "@sightline/shared/promql/engine";
import { RunningGroup } from "@sightline/shared/rules/evaluate-group";
import { describe, expect, test } from "vitest";
import { compileSeriesProgram } from "../../worker/src/rules/streaming/compile.ts";
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
  .map(({ left, op, right, forMs, keepFiringForMs }) => alertRule("Rule", `${left} ${op} ${right}`, { forMs, keepFiringForMs }));
/** Null: no sample at this step. "stale": the series ends. */
const point = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -5, max: 20 }) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant("stale" as const) },
);
const series = fc.array(point, { minLength: 10, maxLength: 60 });

describe("a rule that streams", () => {
  test("raises the alerts that evaluating it at the same moments raises", () => {
    let fired = 0;
    fc.assert(
      fc.property(rule, fc.array(series, { minLength: 1, maxLength: 3 }), (alert, columns) => {
        const parsed = parseQuery(alert.expr);
        if (!parsed.ok || compileSeriesProgram(parsed.value) === null) throw new Error(`${alert.expr} does not stream`);
        const shard = new StoredSeries();
        const group = { name: "g", intervalMs: STEP, rules: [alert] };
        shard.nowMs = START;
        shard.configure([group]);
        const interval = new RunningGroup(group);
        const length = Math.max(...columns.map((column) => column.length));
        for (let i = 0; i < length; i++) {
          const t = START + i * STEP;
          columns.forEach((column, which) => {
            const value = column[i];
            if (value !== null && value !== undefined)
              shard.append({ __name__: "m", which: String(which) }, t, value === "stale" ? STALE_NAN : value);
          });
          shard.finish();
          shard.tick(t);
          const problems = interval.run(t, { select: shard.select, append: () => undefined, externalUrl: "" });
          expect(problems).toEqual([]);
          const streamed = shard.evaluation.active().map(({ labels, to }) => `${formatLabels({ ...labels, severity: "" })} ${to}`);
          const evaluated = interval.alerts("Rule").map(({ labels, state }) => `${formatLabels({ ...labels, severity: "" })} ${state}`);
          expect(streamed.toSorted(), `${alert.expr} for ${alert.forMs} keep ${alert.keepFiringForMs}, step ${i}`).toEqual(
            evaluated.toSorted(),
          );
          if (evaluated.length > 0) fired++;
        }
      }),
      { numRuns: RUNS, seed: 20_261_121 },
    );
    // A comparison in which nothing ever fires would prove nothing.
    expect(fired).toBeGreaterThan(RUNS);
  });
});
