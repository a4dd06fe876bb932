import type { BacktestResponse, RuleBacktest } from "@sightline/shared/api/backtest";
import { backtestLine, backtestText } from "@sightline/shared/format/backtest-text";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { rulePlaces } from "@sightline/shared/rules/rule-places";
import { expect, test } from "vitest";

const FILE = `groups:
  - name: shop
    interval: 30s
    rules:
      - record: load:sum
        expr: sum(load)
      - alert: Busy
        expr: load > 5
        for: 1m

      - { metric: cpu, condition: above, threshold: 0.9 }
  - name: other
    rules:
      - alert: Down
        expr: up == 0
`;

test("each alerting rule of a file is found with its line, and as a file of its own", () => {
  const places = rulePlaces(FILE);
  expect(places.map(({ name, line }) => `${line} ${name}`)).toEqual(["6 Busy", "10 cpu above 0.9", "13 Down"]);
  const own = parseRuleFile(places[0]?.file ?? "");
  expect(own.ok && own.value).toMatchObject([{ name: "shop", intervalMs: 30_000, rules: [{ name: "Busy", forMs: 60_000 }] }]);
  expect(rulePlaces("alert: One\nexpr: a > 1\n").map(({ line }) => line)).toEqual([0]);
  expect(rulePlaces("groups:\n- null\n- name: g\n  rules:\n  - null\n  - { alert: A, expr: a }\n").map(({ line }) => line)).toEqual([5]);
  expect(rulePlaces("- { alert: A, expr: a }\n- { alert: B, expr: b }\n").map(({ name, line }) => `${line} ${name}`)).toEqual([
    "0 A",
    "1 B",
  ]);
});

test("a file with a fault has none", () => {
  expect(rulePlaces("groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: 'a >'\n")).toEqual([]);
});

const T = Date.UTC(2026, 10, 14);
const DAY = 86_400_000;
const busy: RuleBacktest = {
  rule: "Busy",
  group: "shop",
  count: 4,
  totalDurationMs: 5_400_000,
  fired: [{ labels: { host: "a" }, start: T + DAY, end: T + DAY + 600_000, peak: 9.25, overlaps: ["x"] }],
  overlapping: 2,
  noise: { short: 1, shortMs: 120_000, flapping: 0, share: 0.25 },
  suggestion: null,
};

test("a backtest is told in one line and in full", () => {
  expect(backtestLine(busy, 7 * DAY)).toBe("would have fired 4 times in 7 d, overlapping 2 alerts");
  expect(backtestLine({ ...busy, count: 0 }, 7 * DAY)).toBe("would not have fired in 7 d");
  const answer: BacktestResponse = { start: T, end: T + 7 * DAY, rules: [busy], alerts: [], warnings: [] };
  const text = backtestText({ ...answer, rules: [{ ...busy, fired: busy.fired }] });
  expect(text).toContain("shop / Busy: would have fired 4 times, 1 h 30 min in all, overlapping 2 alerts that happened.");
  expect(text).toContain('2026-11-15T00:00:00.000Z  10 min, peak 9.25  {host="a"}, beside 1 alert');
  expect(text).toContain("Noise: 25% (1 shorter than 2 min, 0 flapping alerts).");
});
