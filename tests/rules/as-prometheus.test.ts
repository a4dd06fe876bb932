import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { varyingLabels } from "@sightline/shared/rules/alert-labels";
import { RunningGroup, templatePorts } from "@sightline/shared/rules/evaluate-group";
import { isStale } from "@sightline/shared/model/sample";
import { expandAlertTemplate } from "@sightline/shared/template/alert-template";
import { describe, expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { StoredSeries, steps } from "./stored-series.ts";
import { groupsOf } from "../support/rule-groups.ts";

const START = 1_700_000_000_000;
const SECOND = 1000;

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

describe("annotations that ask a query", () => {
  test("are those of an evaluation: all alerts are told the same, of all that is there", () => {
    const shard = watching(`{ alert: A, expr: m > 0, annotations: { of: '{{ query "m" | len }}' } }`);
    for (let i = 0; i < 300; i++) shard.append({ __name__: "m", i: String(i) }, START, 1);
    expect(shard.finish().transitions).toEqual([]);
    const { transitions } = shard.tick(START);
    expect(transitions).toHaveLength(300);
    expect(new Set(transitions.map(({ annotations }) => annotations["of"]))).toEqual(new Set(["300"]));
    expect(new Set(shard.evaluation.active().map(({ annotations }) => annotations["of"]))).toEqual(new Set(["300"]));
  });

  test("ask it once", () => {
    let reads = 0;
    const ports = templatePorts(() => (reads++, []), START, "");
    const of = '{{ query "m" | len }} {{ query "m" | len }} {{ query "n" | len }}';
    for (let i = 0; i < 10; i++) expect(expandAlertTemplate(of, { i: String(i) }, 1, ports, "A")).toBe("0 0 0");
    expect(reads).toBe(2);
    expect(expandAlertTemplate('{{ query "(" }}', {}, 1, ports, "A")).toBe(expandAlertTemplate('{{ query "(" }}', {}, 2, ports, "A"));
  });
});

describe("a label that follows the value", () => {
  const levels = `labels: { severity: '{{ if gt $value 90.0 }}critical{{ else }}warning{{ end }}' }`;

  test.each(["m > 50", "sum by (a) (m) > 50"])("tells alerts apart: as %s rises one ends and another begins", (expr) => {
    let shard = watching(`{ alert: A, expr: ${expr}, for: 5s, ${levels} }`);
    const rows = new Map<string, Uint8Array>();
    const states: string[] = [];
    const at = (seconds: number, value: number): string[] => {
      shard.append({ __name__: "m", a: "1" }, START + seconds * SECOND, value);
      shard.finish();
      const plan = shard.tick(START + seconds * SECOND);
      for (const { fingerprint, state } of plan.states)
        if (state === null) rows.delete(fingerprint);
        else rows.set(fingerprint, state);
      states.push(
        shard.evaluation
          .active()
          .map(({ severity, labels, to }) => `${labels["severity"]} ${severity} ${to}`)
          .join(),
      );
      return plan.transitions.map(({ labels, from, to }) => `${labels["severity"]} ${from}→${to}`).toSorted();
    };
    expect([at(0, 60), at(5, 70)]).toEqual([["warning inactive→pending"], ["warning pending→firing"]]);
    expect(at(10, 96)).toEqual(["critical inactive→pending", "warning firing→resolved"]);
    const woken = new StoredSeries();
    for (const seconds of [0, 5, 10]) woken.append({ __name__: "m", a: "1" }, START + seconds * SECOND, 96);
    woken.wake(
      shard.snapshot(),
      [...rows].map(([fingerprint, state]) => ({ fingerprint, state })),
      groupsOf(`groups: [{ name: g, interval: 5s, rules: [{ alert: A, expr: ${expr}, for: 5s, ${levels} }] }]`),
    );
    shard = woken;
    expect([at(15, 97), at(20, 98), at(25, 40)]).toEqual([["critical pending→firing"], [], ["critical firing→resolved"]]);
    expect(states).toEqual([
      "warning warning pending",
      "warning warning firing",
      "critical critical pending",
      "critical critical firing",
      "critical critical firing",
      "",
    ]);
  });

  test("is one that reads the value or the clock or asks a query; all others leave the rule to stream", () => {
    const follows = (text: string): boolean =>
      varyingLabels({ name: "A", severity: "warning", builtIn: false, labels: { of: text } }) !== null;
    const vary = [
      "{{ $value }}",
      "{{ .Value }}",
      "{{ $.Value }}",
      "{{ if true }}{{ with query `up` }}{{ . }}{{ end }}{{ end }}",
      "{{ print (print $value) }}",
      "{{ now | humanizeTimestamp }}",
    ];
    expect(vary.filter(follows)).toEqual(vary);
    const stay = ["value", "{{ $labels.value }}", "{{ .Labels.Value }}", "{{ range $k, $v := $labels }}{{ $k }}{{ end }}", "{{ $value"];
    expect(stay.filter(follows)).toEqual([]);
  });
});

describe("alerts that the rule's labels make alike", () => {
  const message = "vector contains metrics with the same labelset after applying alert labels";
  const faults = (shard: StoredSeries): readonly string[] => shard.evaluation.faults().map((fault) => `${fault.name}: ${fault.message}`);
  const both = (shard: StoredSeries, at: number, ...values: readonly number[]): string[] => {
    for (const [i, value] of values.entries()) shard.append({ __name__: "m", a: String(i) }, at, value);
    return [...steps(shard.finish()), ...steps(shard.tick(at))];
  };

  test.each([
    ["that streams", "expr: m > 0, labels: { a: same }"],
    ["that streams, with the name of the alert on the series", 'expr: m > 0, labels: { a: "" }'],
    ["on its interval", "expr: sum by (a) (m) > 0, labels: { a: same }"],
  ])("are an error of a rule %s, and none of them fires until one is left", (_title, said) => {
    const shard = watching(`{ alert: A, ${said} }`);
    expect(both(shard, START, 1, 1, 1)).toEqual([]);
    expect(faults(shard)).toEqual([`A: ${message}`]);
    expect(both(shard, START + 5 * SECOND, 1, 1, -1)).toEqual([]);
    expect(faults(shard)).toEqual([`A: ${message}`]);
    expect(both(shard, START + 10 * SECOND, -1, -1, -1)).toEqual([]);
    expect(both(shard, START + 15 * SECOND, -1, 1, -1)).toEqual(["A: inactive→firing"]);
    expect(faults(shard)).toEqual([]);
  });

  test("leave the one that fires alone when another begins to breach", () => {
    for (const expr of ["m > 0", "sum by (a) (m) > 0"]) {
      const shard = watching(`{ alert: A, expr: ${expr}, labels: { a: same } }`);
      expect(both(shard, START, 1, -1)).toEqual(["A: inactive→firing"]);
      expect(both(shard, START + 5 * SECOND, 1, 1)).toEqual([]);
      expect(faults(shard)).toEqual([`A: ${message}`]);
      expect(told(shard)).toEqual([[{ alertname: "A", a: "same" }, "warning"]]);
    }
  });

  test("are no error while the labels tell them apart", () => {
    const shard = watching('{ alert: A, expr: m > 0, labels: { a: "{{ $labels.a }}!" } }');
    both(shard, START, 1, 1);
    expect(told(shard).map(([labels]) => labels["a"])).toEqual(["0!", "1!"]);
  });
});

test("a group keeps its interval though the alarm comes early or late", () => {
  const shard = watching("{ record: r, expr: vector(1) }");
  const evaluated = (ms: number): number => shard.tick(START + ms).recorded?.length ?? 0;
  expect([evaluated(0), evaluated(4999)]).toEqual([1, 0]);
  // Asked after it has come due.
  expect(shard.evaluation.nextTickAt(START + 5002)).toBe(START + 5000);
  expect([evaluated(5900), evaluated(9999), evaluated(10_000)]).toEqual([1, 0, 1]);
});

describe("ALERTS and ALERTS_FOR_STATE", () => {
  const stored = (plan: EvaluationPlan): string[] =>
    (plan.recorded ?? [])
      .filter(({ labels }) => labels["__name__"] === "ALERTS")
      .map(
        ({ labels, timestamps, values }) =>
          `${((timestamps[0] ?? 0) - START) / SECOND}s ${labels["alertstate"]} ${isStale(values[0] ?? 0) ? "stale" : values[0]}`,
      );

  test.each([
    ["streams", "m > 0"],
    ["runs on its interval", "sum(m) > 0"],
  ])("of a rule that %s are seen by the rules behind it in the same evaluation", (_title, expr) => {
    const seen = `expr: 'ALERTS{alertname="A",alertstate="firing"}'`;
    const pending = `expr: 'ALERTS{alertname="A",alertstate="pending"}'`;
    const shard = watching(`{ alert: A, expr: ${expr}, for: 5s }`, `{ alert: Fires, ${seen} }`, `{ alert: Waits, ${pending} }`);
    const at = (s: number, value: number): string => {
      shard.append({ __name__: "m" }, START + s * SECOND, value);
      shard.finish();
      const plan = shard.tick(START + s * SECOND);
      for (const { labels, timestamps, values } of plan.recorded ?? []) shard.append(labels, timestamps[0] ?? 0, values[0] ?? 0);
      return shard.evaluation
        .active()
        .map(({ rule, to }) => `${rule} ${to}`)
        .join(", ");
    };
    expect([at(0, 1), at(5, 1), at(10, 1), at(15, 0), at(20, 0)]).toEqual([
      "A pending, Waits firing",
      "A firing, Fires firing",
      "A firing, Fires firing",
      "",
      "",
    ]);
  });

  test.each([
    ["that streams", "m > 0"],
    ["on its interval", "sum(m) > 0"],
  ])("are stored at the interval of the group of a rule %s", (_title, expr) => {
    const shard = watching(`{ alert: A, expr: ${expr}, for: 5s }`);
    const at = (s: number, value: number): string[] => {
      shard.append({ __name__: "m" }, START + s * SECOND, value);
      shard.finish();
      return stored(shard.tick(START + s * SECOND));
    };
    expect(at(0, 1)).toEqual(["0s pending 1"]);
    expect(shard.evaluation.nextTickAt(START)).toBe(START + 5 * SECOND);
    expect(at(2, 1)).toEqual([]);
    expect(at(5, 1).toSorted()).toEqual(["5s firing 1", "5s pending stale"]);
    expect(at(10, 0)).toEqual(["10s firing stale"]);
    expect(at(15, 0)).toEqual([]);
  });
});

describe("native histograms that a rule gives", () => {
  const histogram: NativeHistogram = {
    schema: 0,
    count: 3,
    sum: 6,
    zeroThreshold: 0,
    zeroCount: 0,
    positiveSpans: [{ offset: 1, length: 1 }],
    positiveBuckets: [3],
    negativeSpans: [],
    negativeBuckets: [],
    counterResetHint: "unknown",
  };
  const later = { ...histogram, count: 5, sum: 9, positiveBuckets: [5] };

  test.each([
    ["m", "m"],
    ["with a window", "rate(m[1m])"],
    ["across series", "sum(m)"],
    ["counted", "count_over_time(m[1m]) > 1"],
  ])("fire, with the value 0 unless they were made a number: %s", (_title, expr) => {
    const shard = watching(`{ alert: A, expr: "${expr}", annotations: { s: "{{ $value }}" } }`);
    shard.appendHistogram({ __name__: "m", job: "a" }, START - 10 * SECOND, histogram);
    shard.appendHistogram({ __name__: "m", job: "a" }, START, later);
    shard.finish();
    shard.tick(START);
    const [alert] = shard.evaluation.active();
    expect(alert).toMatchObject({ to: "firing", value: expr.startsWith("count") ? 2 : 0 });
    if (expr === "m") expect(alert?.annotations["s"]).toMatch(/^\{count:5, sum:9/);
    expect(steps(shard.tick(START + 10 * 60 * SECOND))).toEqual(["A: firing→resolved"]);
  });

  test("are judged again after a restart, though no sample comes any more", () => {
    const shard = watching("{ alert: A, expr: m }");
    shard.appendHistogram({ __name__: "m" }, START, histogram);
    shard.finish();
    const { states } = shard.tick(START);
    const rows = states.flatMap(({ fingerprint, state }) => (state === null ? [] : [{ fingerprint, state }]));
    shard.wake([], rows, groupsOf("groups: [{ name: g, interval: 5s, rules: [{ alert: A, expr: m }] }]"));
    expect(steps(shard.tick(START + 10 * 60 * SECOND))).toEqual(["A: firing→resolved"]);
  });

  test("cost a rule of numbers nothing: its group has no evaluations of its own", () => {
    const shard = watching("{ alert: A, expr: m > 5 }");
    shard.append({ __name__: "m" }, START, 1);
    shard.finish();
    expect(shard.evaluation.nextTickAt(START)).toBeNull();
  });
});

describe("$labels.__name__ is the metric's where the result keeps it, as in Prometheus", () => {
  test.each([
    ["m > 0", "m"],
    ["0 < m", "m"],
    ["+m > 0", "m"],
    ["m > 0 and m < 5", "m"],
    ["m > m - 1", "m"],
    ["last_over_time(m[1m]) > 0", "m"],
    ["m * 1 > 0", ""],
    ["-m < 0", ""],
    ["(m > bool 0) > 0", ""],
    ["max_over_time(m[1m]) > 0", ""],
    ["topk(1, m) > 0", "m"],
    ["m > 0 or m", "m"],
    ["sum by (job) (m) > 0", ""],
    ["m > 0, recovery_threshold: 0", "m"],
    ["m > 0, m_of_n: 1 of 2", "m"],
    ["topk(1, m) > 0, recovery_threshold: 0", "m"],
    ["topk(1, m) > 0, for: 5s", "m"],
    ["avg(m) > 0, m_of_n: 1 of 2", ""],
  ])("%s", (said, name) => {
    const expr = said.replace(/, (recovery|m_of|for).*/, "");
    const text = `groups: [{ name: g, interval: 5s, rules: [{ alert: A, expr: "${expr}"${said.slice(expr.length)}, labels: { of: "<{{ $labels.__name__ }}>" }, annotations: { said: "{{ $labels.__name__ }} of {{ $labels.job }}" } }] }]`;
    const groups = groupsOf(text);
    const shard = new StoredSeries();
    shard.nowMs = START;
    shard.configure(groups);
    const tested = new RunningGroup(groups[0] as RuleGroup);
    for (const at of [START, START + 5 * SECOND, START + 10 * SECOND]) {
      shard.append({ __name__: "m", job: "shop" }, at, 1);
      shard.finish();
      shard.tick(at);
      tested.run(at, { select: shard.select, append: () => undefined, externalUrl: "" });
    }
    const job = expr.startsWith("avg") ? "" : "shop";
    const expected = [
      { labels: { alertname: "A", of: `<${name}>`, ...(job === "" ? {} : { job }) }, annotations: { said: `${name} of ${job}` } },
    ];
    expect(shard.evaluation.active()).toMatchObject(expected);
    expect(tested.alerts("A")).toMatchObject(expected);
    expect(shard.evaluation.active().some(({ labels }) => "__name__" in labels)).toBe(false);
  });
});
