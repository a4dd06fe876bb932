import { isRecording, type AlertRule } from "@sightline/shared/model/rule";
import { parseQuery } from "@sightline/shared/promql/engine";
import { printExpr } from "@sightline/shared/promql/format/print";
import { thresholdComparison } from "@sightline/shared/rules/expression-forms";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { thresholdOf } from "@sightline/shared/rules/streaming/compile";
import { guardedExpression } from "@sightline/shared/rules/traffic-guard";
import { describe, expect, test } from "vitest";

function ruleOf(text: string): AlertRule {
  const parsed = parseRuleFile(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const rule = parsed.value[0]?.rules[0];
  if (rule === undefined || isRecording(rule)) throw new Error("no alerting rule");
  return rule;
}
const refusal = (text: string): string => {
  const parsed = parseRuleFile(text);
  return parsed.ok ? "accepted" : parsed.error.message;
};
const thresholdIn = (text: string): number | null => {
  const parsed = parseQuery(text);
  return parsed.ok ? thresholdOf(parsed.value) : NaN;
};
const inPrometheusForm = (expr: string, ...fields: readonly string[]): string =>
  ["groups:", "  - name: g", "    rules:", "      - alert: A", `        expr: ${expr}`, ...fields.map((field) => `        ${field}`)].join(
    "\n",
  );

describe("a rule that says when it recovers", () => {
  test.each([
    ["cpu > 90", "80", "cpu >= 80"],
    ["cpu >= 90", "80", "cpu >= 80"],
    ["free < 5", "10", "free <= 10"],
    ["90 < cpu", "80", "80 <= cpu"],
    ["(sum by (job) (cpu) > 90) and on () vector(1)", "80", "(sum by (job) (cpu) >= 80) and on () vector(1)"],
    ["rate(errors_total[5m]) > 0.1", "0.05", "rate(errors_total[5m]) >= 0.05"],
    ["a > 5 or (b > 5) or 5 < c", "3", "a >= 3 or (b >= 3) or 3 <= c"],
  ])("%s until %s goes on while %s", (expr, recovery, held) => {
    expect(ruleOf(inPrometheusForm(expr, `recovery_threshold: ${recovery}`)).keepFiringExpr).toBe(held);
  });

  test("may be one of anomalies: then the score keeps it firing", () => {
    const rule = ruleOf("groups:\n- name: g\n  rules:\n  - {metric: m, condition: anomaly, recovery_threshold: 0.4}\n");
    expect(rule.name).toBe("m anomaly");
    expect(rule.keepFiringExpr).toMatch(
      /sightline:anomaly_score\{.*\}\[1m\]\) >= 0\.4 or .*sightline:late_anomaly_score\{.*\}\[1m\]\) >= 0\.4$/,
    );
    const expr = parseQuery(rule.expr);
    if (!expr.ok) throw new Error(expr.error.message);
    expect(thresholdComparison(expr.value)).toMatchObject({ op: ">", threshold: 0.7 });
    expect(thresholdOf(expr.value)).toBe(0.7);
    expect(["a > 1 or b > 2", "a > 1 or b", "a > 1 or b > 1 or c > 2"].map(thresholdIn)).toEqual([null, null, null]);
  });

  test("may say in PromQL what keeps it firing", () => {
    expect(ruleOf(inPrometheusForm("a > b", "keep_firing_expr: a > 0.8 * b")).keepFiringExpr).toBe("a > 0.8 * b");
  });

  test.each([
    [inPrometheusForm("cpu > 90", "recovery_threshold: 95"), /^line 6, column 29: .*fires above 90.*95/],
    [inPrometheusForm("cpu == 1", "recovery_threshold: 0"), /^line 6, .*keep_firing_expr/],
    [inPrometheusForm("a > b", "recovery_threshold: 0"), /^line 6, .*compares with a number/],
    [inPrometheusForm("a > 1 or b > 2", "recovery_threshold: 0"), /^line 6, .*compares with a number/],
    [inPrometheusForm("a > 1", "recovery_threshold: much"), /^line 6, column 29: .*must be a number/],
    [inPrometheusForm("a > 1", "keep_firing_expr: 'a >'"), /^line 6, column 27: .*not PromQL/],
    [inPrometheusForm("a > 1", "keep_firing_expr: a", "recovery_threshold: 0"), /^line 7, .*one of them/],
  ])("wrongly is refused with its place: %#", (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

describe("M of the newest N", () => {
  test("is written as people say it", () => {
    expect(ruleOf(inPrometheusForm("a > 1", "m_of_n: 3 of 5")).mOfN).toEqual({ m: 3, n: 5 });
  });
  test.each(["6 of 5", "0 of 5", "3 of 31", "3", "most"])("%s is refused", (written) => {
    expect(refusal(inPrometheusForm("a > 1", `m_of_n: ${written}`))).toMatch(/^line 6, column 17: .*3 of 5/);
  });
});

describe("a gap in the data", () => {
  test("resolves as in Prometheus where the rule is Prometheus's, and is held where it is in our words", () => {
    expect(ruleOf(inPrometheusForm("a > 1")).onGap).toBeUndefined();
    expect(ruleOf(inPrometheusForm("a > 1", "on_gap: fire", "gap_limit: 10m"))).toMatchObject({ onGap: "fire", gapLimitMs: 600_000 });
    expect(ruleOf("{metric: a, condition: above, threshold: 1}").onGap).toBe("hold");
    expect(ruleOf("{metric: a, condition: above, threshold: 1, on_gap: resolve}").onGap).toBeUndefined();
    expect(ruleOf("{metric: a, condition: absent}")).toMatchObject({ expr: "absent(a)" });
    expect(ruleOf("{metric: a, condition: absent}").onGap).toBeUndefined();
  });
  test.each([
    [inPrometheusForm("a > 1", "on_gap: page"), /^line 6, column 17: .*hold, resolve, fire/],
    [inPrometheusForm("absent(a)", "on_gap: hold"), /^line 6, .*silence/],
    [inPrometheusForm("a > 1", "gap_limit: 10m"), /^line 6, .*on_gap/],
  ])("wrongly is refused: %#", (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

describe("the low-traffic guard follows from the expression", () => {
  const guarded = (expr: string, bound: { minSamples?: number; minRate?: number }): string => {
    const parsed = parseQuery(expr);
    const result = parsed.ok ? guardedExpression(parsed.value, bound) : parsed;
    return result.ok ? printExpr(result.value) : result.error.message;
  };
  test.each([
    [
      'sum by (s) (rate(r{code=~"5.."}[1m])) / sum by (s) (rate(r[1m])) > 0.05',
      '(sum by (s) (rate(r{code=~"5.."}[1m])) / sum by (s) (rate(r[1m])) > 0.05) and (sum by (s) (increase(r[1m])) >= 20)',
    ],
    [
      "1 - sum(increase(ok[5m])) / sum(increase(all[5m])) > 0.1",
      "(1 - sum(increase(ok[5m])) / sum(increase(all[5m])) > 0.1) and (sum(increase(all[5m])) >= 20)",
    ],
    [
      "histogram_quantile(0.95, sum by (s) (rate(h[2m]))) > 1",
      "(histogram_quantile(0.95, sum by (s) (rate(h[2m]))) > 1) and (histogram_count(sum by (s) (increase(h[2m]))) >= 20)",
    ],
    [
      "histogram_quantile(0.95, sum by (s, le) (rate(h_bucket[2m]))) > 1",
      '(histogram_quantile(0.95, sum by (s, le) (rate(h_bucket[2m]))) > 1) and (sum without (le) (sum by (s, le) (increase(h_bucket{le="+Inf"}[2m]))) >= 20)',
    ],
    ["avg_over_time(x[5m]) > 3", "(avg_over_time(x[5m]) > 3) and (count_over_time(x[5m]) >= 20)"],
  ])("%s", (expr, whole) => {
    expect(guarded(expr, { minSamples: 20 })).toBe(whole);
  });
  test("as a rate", () => {
    expect(guarded("sum(rate(e[1m])) / sum(rate(r[1m])) > 0.05", { minRate: 0.5 })).toContain("and (sum(rate(r[1m])) >= 0.5)");
    expect(guarded("avg_over_time(x[5m]) > 3", { minRate: 0.1 })).toContain("count_over_time(x[5m]) / 300 >= 0.1");
  });
  test("and is refused where it cannot be seen what is counted", () => {
    expect(refusal(inPrometheusForm("cpu > 90", "min_samples: 20"))).toMatch(/^line 6, column 22: .*increase\(requests_total/);
    expect(refusal(inPrometheusForm("rate(a[5m]) > 1", "min_rate: -1"))).toMatch(/^line 6, column 19: .*above zero/);
  });
});

describe("escalation", () => {
  test("raises the severity step by step", () => {
    expect(
      ruleOf(inPrometheusForm("a > 1", "escalate: [{after: 30m, severity: error}, {after: 1h, severity: critical}]")).escalate,
    ).toEqual([
      { afterMs: 1_800_000, severity: "error" },
      { afterMs: 3_600_000, severity: "critical" },
    ]);
  });
  test.each([
    ["escalate: [{after: 30m, severity: info}]", /is not above warning/],
    ["escalate: [{after: 30m, severity: error}, {after: 10m, severity: critical}]", /longer than the one before/],
    ["escalate: [{severity: error}]", /how long/],
    ["escalate: [{after: 30m, severity: loud}]", /not a severity/],
    ["escalate: 30m", /is a list/],
  ])("%s is refused", (field, message) => {
    expect(refusal(inPrometheusForm("a > 1", field))).toMatch(message);
  });
});

describe("the short form", () => {
  const expr = (fields: string): string => ruleOf(`{${fields}}`).expr;
  test("knows trends, regressions, anomalies and forecasts", () => {
    expect(expr("metric: disk, condition: slope_above, threshold: 5, per: hour, window: 6h")).toBe("deriv(disk[6h]) * 3600 > 5");
    expect(expr("metric: disk, condition: slope_below, threshold: -1, per: day")).toBe("deriv(disk[1h]) * 86400 < -1");
    expect(expr("metric: lat, condition: regression, threshold: 0.5, baseline: 1w, window: 15m, aggregation: p95")).toBe(
      "(histogram_quantile(0.95, rate(lat[15m])) or histogram_quantile(0.95, rate(lat_bucket[15m])) or quantile_over_time(0.95, lat[15m])) / " +
        "(histogram_quantile(0.95, rate(lat[15m] offset 1w)) or histogram_quantile(0.95, rate(lat_bucket[15m] offset 1w)) or " +
        "quantile_over_time(0.95, lat[15m] offset 1w)) - 1 > 0.5",
    );
    expect(expr("metric: reqs, condition: regression, threshold: -0.5, aggregation: rate")).toBe(
      "(histogram_count(rate(reqs[5m])) or rate(reqs[5m])) / (histogram_count(rate(reqs[5m] offset 1d)) or rate(reqs[5m] offset 1d)) - 1 < -0.5",
    );
    expect(expr("metric: lat, condition: regression, threshold: 0.5, baseline: deploy, labels: {service_name: shop}")).toBe(
      'sightline:change_since_deploy_ratio{metric="lat",service_name="shop"} > 0.5',
    );
    expect(expr("metric: cpu, condition: anomaly, labels: {host: a}")).toBe(
      'max_over_time(sightline:anomaly_score{metric="cpu",host="a"}[1m]) > 0.7 or ' +
        'max_over_time(sightline:late_anomaly_score{metric="cpu",host="a"}[1m]) > 0.7',
    );
    expect(expr("metric: cpu, condition: anomaly, threshold: 0.6, window: 2m, for: 5m")).toBe(
      ["anomaly_score", "late_anomaly_score", "anomaly_open"]
        .map((name) => `max_over_time(sightline:${name}{metric="cpu"}[2m]) > 0.6`)
        .join(" or "),
    );
    expect(expr("metric: disk, condition: forecast_crossing, threshold: 0.95, within: 12h")).toBe(
      'sightline:forecast_crossing_seconds{metric="disk",threshold="0.95"} < 43200',
    );
  });
  test("of an anomaly goes on firing as long as that is open, unless it says otherwise", () => {
    const rule = "metric: cpu, condition: anomaly, labels: {host: a}";
    expect(ruleOf(`{${rule}}`)).toMatchObject({ keepFiringExpr: 'sightline:anomaly_open{metric="cpu",host="a"} > 0' });
    expect(ruleOf(`{${rule}, keep_firing_expr: "cpu > 90"}`)).toMatchObject({ keepFiringExpr: "cpu > 90" });
  });
  test("has a recovery threshold, M of N and a guard", () => {
    expect(
      ruleOf("{metric: cpu, condition: above, threshold: 90, recovery_threshold: 80, window: 5m, min_samples: 10, m_of_n: 3 of 5}"),
    ).toMatchObject({
      keepFiringExpr: "(histogram_avg(rate(cpu[5m])) or avg_over_time(cpu[5m])) >= 80",
      minSamples: 10,
      mOfN: { m: 3, n: 5 },
    });
  });
  test.each([
    ["metric: a, condition: above, threshold: 1, per: hour", /`per` says nothing/],
    ["metric: a, condition: slope_above, threshold: 1, per: month", /`per` is one of/],
    ["metric: a, condition: regression, threshold: 0.5, baseline: deploy, aggregation: p95", /leave `aggregation`/],
    ["metric: a, condition: regression, threshold: 0.5, baseline: soon", /duration/],
    ["metric: a, condition: regression, threshold: 0", /share/],
    ["metric: a, condition: forecast_crossing, threshold: 1, within: 31d", /`within` is 30d at most/],
  ])("refuses %s", (fields, message) => {
    expect(refusal(`{${fields}}`)).toMatch(message);
  });
  test("fields of the short form are no fields of a rule in PromQL", () => {
    expect(refusal(inPrometheusForm("a > 1", "threshold: 3"))).toMatch(/^line 6, column 9: "threshold" is not a field/);
  });
});

test("what a rule says survives being stored", () => {
  const rule = ruleOf(
    inPrometheusForm(
      "sum(rate(e[1m])) / sum(rate(r[1m])) > 0.05",
      "recovery_threshold: 0.03",
      "m_of_n: 3 of 5",
      "on_gap: hold",
      "gap_limit: 30m",
      "min_rate: 0.2",
      "escalate: [{after: 30m, severity: critical}]",
    ),
  );
  expect(ruleOf(JSON.stringify([rule]))).toEqual(rule);
});
