import { formatDuration, parseDuration, spokenDuration } from "@sightline/shared/model/duration";
import { describe, expect, test } from "vitest";
import { defaultRuleGroups } from "../../worker/src/rules/default-rules.ts";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";

const groupsOf = (text: string) => {
  const parsed = parseRuleFile(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};
const refusal = (text: string): string => {
  const parsed = parseRuleFile(text);
  return parsed.ok ? "accepted" : parsed.error.message;
};

describe("a rule file", () => {
  test("of Prometheus loads as it is", () => {
    const groups = groupsOf(`
groups:
  - name: node
    interval: 30s
    rules:
      - alert: HostDown
        expr: up == 0
        for: 5m
        keep_firing_for: 1m
        labels: { severity: critical, team: infra }
        annotations:
          summary: "{{ $labels.instance }} is down"
`);
    expect(groups[0]?.intervalMs).toBe(30_000);
    expect(groups[0]?.rules[0]).toMatchObject({
      name: "HostDown",
      expr: "up == 0",
      forMs: 300_000,
      keepFiringForMs: 60_000,
      severity: "critical",
      labels: { team: "infra" },
    });
  });

  test("in the short form compiles to PromQL", () => {
    const expr = (text: string) => groupsOf(text)[0]?.rules[0]?.expr;
    expect(expr("{metric: cpu, condition: above, threshold: 0.8}")).toBe("cpu > 0.8");
    expect(expr("{metric: cpu, condition: below, threshold: 5, window: 5m, labels: {host: a}}")).toBe(
      '(histogram_avg(rate(cpu{host="a"}[5m])) or avg_over_time(cpu{host="a"}[5m])) < 5',
    );
    expect(expr("{metric: q, condition: equals, threshold: 0, aggregation: max, window: 1m}")).toBe(
      "(histogram_quantile(1, rate(q[1m])) or max_over_time(q[1m])) == 0",
    );
    expect(expr("{metric: lat, condition: above, threshold: 1, aggregation: p95, window: 1m}")).toBe(
      "(histogram_quantile(0.95, rate(lat[1m])) or histogram_quantile(0.95, rate(lat_bucket[1m])) or quantile_over_time(0.95, lat[1m])) > 1",
    );
    expect(expr('{metric: "http.requests", condition: not_equals, threshold: 1}')).toBe('{"http.requests"} != 1');
  });

  test("as JSON, the body of an API call, means the same", () => {
    const groups = groupsOf(JSON.stringify({ name: "api", rules: [{ alert: "A", expr: "a > 1", for: "10s", severity: "error" }] }));
    expect(groups[0]).toMatchObject({ name: "api", rules: [{ name: "A", forMs: 10_000, severity: "error" }] });
  });

  test("recording rules, limits and query offsets of existing files are kept", () => {
    const [group] = groupsOf(
      "groups:\n  - name: a\n    interval: 1m\n    limit: 10\n    query_offset: 30s\n    rules:\n      - record: job:up:sum\n        expr: sum by (job) (up)\n        labels: {team: infra}\n",
    );
    expect(group).toEqual({
      name: "a",
      intervalMs: 60_000,
      limit: 10,
      queryOffsetMs: 30_000,
      rules: [{ record: "job:up:sum", name: "job:up:sum", expr: "sum by (job) (up)", labels: { team: "infra" }, builtIn: false }],
    });
    expect(groupsOf(JSON.stringify(group))[0]).toEqual(group);
  });

  test("a stored group survives being written as JSON and read again", () => {
    const [first] = defaultRuleGroups();
    expect(groupsOf(JSON.stringify(first))[0]).toEqual(first);
  });

  test.each([
    ["groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: 'a >'\n", /^line 5, column 15: .*not PromQL/],
    ["groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: a\n        for: 5 minutes\n", /^line 6, column 14: .*duration/],
    ["groups:\n  - name: a\n    rules:\n      - alert: A\n        exp: a\n", /^line 5, column 9: "exp" is not a field/],
    ["groups:\n  - name: a\n    rules: []\n  - name: a\n    rules: []\n", /^line 4, column 5: There are two groups/],
    ["metric: cpu\ncondition: over\nthreshold: 1\n", /^line 1, column 1: .*above, below/],
    ["groups: [", /not YAML/],
    [
      'groups:\n  - name: a\n    rules:\n      - record: a{b="c"}\n        expr: a\n',
      /^line 4, column 17: braces present in the recording rule name/,
    ],
    ['groups:\n  - name: a\n    rules:\n      - record: ""\n        expr: a\n', /^line 4, column 17: .*not a metric name/],
    [
      "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: a\n        annotations:\n          x: '{{ if }}'\n",
      /^line 7, .*not a template/,
    ],
    ["42", /^line 1, column 1: Expected/],
  ])("that is wrong is refused with its line: %#", (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

describe("durations", () => {
  test("read and print as Prometheus's", () => {
    for (const text of ["0s", "500ms", "30s", "1m30s", "1h", "1d12h", "2w", "1y"]) {
      const parsed = parseDuration(text);
      expect(parsed.ok && formatDuration(parsed.value)).toBe(text);
    }
    expect(parseDuration("5").ok).toBe(false);
    expect(parseDuration("1s1m").ok).toBe(false);
    expect(parseDuration("").ok).toBe(false);
    expect(parseDuration("292y")).toMatchObject({ ok: true });
    expect(parseDuration("300y")).toMatchObject({ ok: false, error: { message: "duration out of range" } });
  });

  test("in sentences use the two largest units", () => {
    expect(spokenDuration(2 * 3_600_000 + 10 * 60_000)).toBe("2 h 10 min");
    expect(spokenDuration(45_000)).toBe("45 s");
    expect(spokenDuration(3 * 86_400_000)).toBe("3 d");
    expect(spokenDuration(10)).toBe("less than a second");
  });
});

describe("a rule file beside Prometheus's own reader", () => {
  test.each([
    ["0x10", 16],
    ["0o10", 8],
    ["010", 8],
    ["08", 8],
    ["0b11", 3],
    ["1_000", 1000],
    ["+5", 5],
    ["1e3", 1000],
    ["10.0", 10],
  ])("reads a limit of %s", (written, limit) => {
    expect(parseRuleFile(`groups:\n- name: g\n  limit: ${written}\n`)).toMatchObject({ ok: true, value: [{ limit }] });
  });

  test.each(["_1", "0o9", "1.5", "x", "99999999999999999999"])("refuses a limit of %s", (written) => {
    expect(parseRuleFile(`groups:\n- name: g\n  limit: ${written}\n`)).toMatchObject({ ok: false });
  });

  const file = (rule: string): string => `groups:\n- name: g\n  rules:\n${rule}`;

  test.each([
    ["nothing", ""],
    ["groups without any", "groups:\n"],
    [
      "aliases and merges",
      file("  - &a\n    alert: A\n    expr: &e up == 0\n    for: 5m\n  - <<: *a\n    alert: B\n  - record: r\n    expr: *e\n"),
    ],
    ["a group whose rules are left empty", "groups:\n- name: g\n  rules:\n"],
    ["groups and rules that are nothing", "groups:\n- null\n- name: g\n  rules: [null]\n"],
    ["several documents", "groups:\n- name: a\n---\ngroups:\n- name: b\n"],
    ["a recording rule with empty fields of alerts", file("  - record: r\n    expr: 1\n    for: 0s\n    annotations: {}\n")],
    ["no limit", "groups:\n- name: g\n  limit: -1\n"],
    ["labels that are UTF-8", file("  - alert: A\n    expr: 1\n    labels: {service.name: x}\n")],
    [
      "a variable of its own",
      file("  - alert: A\n    expr: 1\n    annotations: {a: '{{ $x := 1 }}{{ range $i, $l := $labels }}{{ $x }}{{ $l }}{{ end }}'}\n"),
    ],
  ])("accepts %s", (_, text) => {
    expect(parseRuleFile(text)).toMatchObject({ ok: true });
  });

  test("a merged rule has the fields it does not say itself", () => {
    const groups = parseRuleFile(file("  - &a\n    alert: A\n    expr: up == 0\n    for: 5m\n  - <<: *a\n    alert: B\n"));
    expect(groups.ok ? groups.value[0]?.rules[1] : null).toMatchObject({ name: "B", expr: "up == 0", forMs: 300_000 });
  });

  test("labels are the text that is written, also where YAML reads numbers", () => {
    const [group] = groupsOf(file("  - alert: A\n    expr: 1\n    labels: {version: 1.10, code: 0200, mask: 0x1F, on: true, big: 1e3}\n"));
    expect(group?.rules[0]?.labels).toEqual({ version: "1.10", code: "0200", mask: "0x1F", on: "true", big: "1e3" });
  });

  test("names of labels and annotations are texts whatever YAML takes them for", () => {
    const labels = "{true: on-call, No: n, 1.0: a, 0x10: h, 404: k, team: web}";
    const [group] = groupsOf(
      file(`  - alert: A\n    expr: 1\n    labels: ${labels}\n    annotations:\n      404: not found\n      null: x\n`),
    );
    expect(group?.rules[0]?.labels).toEqual({ true: "on-call", No: "n", "1.0": "a", "0x10": "h", 404: "k", team: "web" });
    expect(group?.rules[0]).toMatchObject({ annotations: { 404: "not found", null: "x" } });
    for (const twice of ['{true: x, "true": y}', '{1: a, "1": b}'])
      expect(refusal(file(`  - alert: A\n    expr: 1\n    labels: ${twice}\n`))).toContain("is defined twice in `labels`");
    for (const deep of ["{true: {a: b}}", "{1: [a]}"])
      expect(refusal(file(`  - alert: A\n    expr: 1\n    labels: ${deep}\n`))).toContain("must be a text or a number");
  });

  test.each([
    ["invalid field 'for' in recording rule", "  - record: r\n    expr: 1\n    for: 5m\n"],
    ["invalid field 'keep_firing_for' in recording rule", "  - record: r\n    expr: 1\n    keep_firing_for: 5m\n"],
    ['invalid label name: "__name__"', "  - record: r\n    expr: 1\n    labels: {__name__: x}\n"],
    ['undefined variable "$label"', "  - alert: A\n    expr: 1\n    annotations: {a: '{{ $label.x }}'}\n"],
    ['undefined variable "$i"', "  - alert: A\n    expr: 1\n    annotations: {a: '{{ range $i, $l := $labels }}{{ end }}{{ $i }}'}\n"],
    ['function "humanise" not defined', "  - alert: A\n    expr: 1\n    annotations: {a: '{{ $value | humanise }}'}\n"],
    ["whole number", "  - alert: A\n    expr: 1\n  limit: many\n"],
  ])("refuses: %s", (message, rule) => {
    const read = parseRuleFile(file(rule));
    expect(read.ok ? "" : read.error.message).toContain(message);
  });
});

test("names of metrics and labels may be any text, as since Prometheus 3", () => {
  const text = `groups:
  - name: otel
    rules:
      - record: node.cpu.usage
        expr: sum by ("host.name") ({"node.cpu"})
        labels: { service.name: shop }
`;
  expect(parseRuleFile(text)).toMatchObject({
    ok: true,
    value: [{ rules: [{ record: "node.cpu.usage", labels: { "service.name": "shop" } }] }],
  });
});

test("experimental functions are for those who switched them on", () => {
  const file = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: mad_over_time(x[5m]) > 1\n";
  const refused = parseRuleFile(file);
  expect(refused.ok ? "" : refused.error.message).toContain('function "mad_over_time" is not enabled');
  expect(parseRuleFile(file, undefined, { experimentalFunctions: true })).toMatchObject({ ok: true });
});

test.each(["[*h, *h]", "*h", "{<<: *h}"])(
  "aliases within aliases are refused where they ask for more than a file should hold: groups: %s",
  (groups) => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const levels = names.map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(i === 0 ? "x" : `*${names[i - 1]}`)
          .join(", ")}]`,
    );
    expect(parseRuleFile(`${levels.join("\n")}\ngroups: ${groups}\n`)).toMatchObject({
      ok: false,
      error: {
        code: "bad_rule",
        message: expect.stringMatching(/line \d+, column \d+: aliases make the file more than 100000 nodes larger/),
      },
    });
  },
);

test("an alias is what its anchor last was before it, and as many as a file may hold are read without going through it for each", () => {
  const rule = (i: number, expr: string): string => `  - {record: "r${i}", expr: ${expr}}\n`;
  const many = Array.from({ length: 20_000 }, (_, i) => rule(i + 3, "*e")).join("");
  const read = parseRuleFile(`groups:\n- name: g\n  rules:\n${rule(0, "&e up")}${rule(1, "*e")}${rule(2, "&e down")}${many}`);
  const exprs = read.ok ? read.value.flatMap((group) => group.rules.map(({ expr }) => expr)) : [];
  expect(exprs).toEqual(["up", "up", "down", ...Array<string>(20_000).fill("down")]);
});

test.each(["expr: *none", "<<: *none", "<<: [*none]", "labels: {a: *none}"])("an alias of nothing is refused: %s", (field) => {
  const refused = parseRuleFile(`groups:\n- name: g\n  rules:\n  - alert: A\n    ${field}\n`);
  expect(refused.ok ? "" : refused.error.message).toMatch(/^line 5, column \d+: unknown anchor "none" referenced\./);
});

test("what is left empty is not there", () => {
  const text = `
groups:
  - name: g
    interval:
    rules:
      - alert: A
        expr: up == 0
        for:
        labels: { team: , severity: page }
        annotations:
`;
  expect(groupsOf(text)[0]?.rules[0]).toMatchObject({ name: "A", forMs: 0, labels: { severity: "page" }, annotations: {} });
  expect(refusal("groups:\n- name: g\n  rules:\n  - record: a\n    expr:\n")).toContain('Rule "a" needs an expression');
});

test("a file whose groups are called otherwise is told what it lacks", () => {
  for (const text of ["group:\n- name: a\n", "Groups: []\n", "rule: x\n"]) {
    const read = parseRuleFile(text);
    expect(read.ok ? "" : read.error.message).toMatch(
      /^line 1, column 1: Expected `groups:` with a list of rule groups, or a list of rules\./,
    );
  }
});
