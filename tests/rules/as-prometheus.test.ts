import type { Labels } from "@sightline/shared/model/labels";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";
import { StoredSeries, steps } from "./stored-series.ts";

const START = 1_700_000_000_000;
const SECOND = 1000;

export function groupsOf(text: string): readonly RuleGroup[] {
  const groups = parseRuleFile(text);
  if (!groups.ok) throw new Error(groups.error.message);
  return groups.value;
}

function watching(...rules: readonly string[]): StoredSeries {
  const shard = new StoredSeries();
  shard.nowMs = START;
  shard.configure(groupsOf(`groups: [{ name: g, interval: 5s, rules: [${rules.join(", ")}] }]`));
  return shard;
}

const told = (shard: StoredSeries): readonly [Labels, string][] =>
  shard.evaluation.active().map(({ labels, severity }): [Labels, string] => [labels, severity]);

describe("an unchanged file of Prometheus", () => {
  test("gives Prometheus's labels: the severity of the series stays, and none is added where there is none", () => {
    for (const expr of ["m > 0", "sum by (severity) (m) > 0"]) {
      const shard = watching(`{ alert: A, expr: "${expr}" }`);
      shard.append({ __name__: "m", severity: "page" }, START, 1);
      shard.append({ __name__: "m", severity: "critical" }, START, 1);
      shard.append({ __name__: "m" }, START, 1);
      shard.finish();
      shard.tick(START);
      expect(told(shard)).toEqual([
        [{ alertname: "A", severity: "page" }, "warning"],
        [{ alertname: "A", severity: "critical" }, "critical"],
        [{ alertname: "A" }, "warning"],
      ]);
    }
  });

  test.each([
    ["a label that is a severity of ours grades", "labels: { severity: error }", { severity: "error" }, "error"],
    ["a label that is none grades nothing", "labels: { severity: page }", { severity: "page" }, "warning"],
    ["a label may be a template", 'labels: { severity: "{{ $labels.grade }}" }', { severity: "info" }, "info"],
    ["an empty label takes that of the series away", 'labels: { grade: "" }', { grade: undefined }, "warning"],
    ["our own field is short for the label", "severity: critical", { severity: "critical" }, "critical"],
    ["a label beside our own field stays what it is", "severity: critical, labels: { severity: page }", { severity: "page" }, "critical"],
  ])("%s", (_title, said, labels, severity) => {
    const shard = watching(`{ alert: A, expr: m > 0, ${said} }`);
    shard.append({ __name__: "m", grade: "info" }, START, 1);
    shard.finish();
    const expected: Record<string, string | undefined> = { alertname: "A", grade: "info", ...labels };
    expect(told(shard)).toEqual([[Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)), severity]]);
  });

  test("fires each time its condition holds anew: no cooldown that nobody asked for", () => {
    const cycle = (rule: string): string[] => {
      const shard = watching(rule);
      return [9, 1, 9, 1, 9].flatMap((value, i) => {
        shard.append({ __name__: "m" }, START + i * 10 * SECOND, value);
        return steps(shard.finish());
      });
    };
    const [fires, ends] = ["A: inactive→firing", "A: firing→resolved"];
    expect(cycle("{ alert: A, expr: m > 5 }")).toEqual([fires, ends, fires, ends, fires]);
    expect(cycle("{ alert: A, expr: m > 5, cooldown: 1m }")).toEqual([
      fires,
      ends,
      "A: inactive→pending",
      "A: pending→inactive",
      "A: inactive→pending",
    ]);
    expect(cycle("{ metric: m, name: A, condition: above, threshold: 5 }").slice(0, 3)).toEqual([fires, ends, "A: inactive→pending"]);
  });
});
