/** A rule file while it is written: what is wrong and where, what completes. `|` marks the cursor. */
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import { completeInRuleFile, describeInRuleFile, diagnoseRuleFile } from "@sightline/shared/promql/editor/rule-file";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { describe, expect, test } from "vitest";

const metadata: PromqlMetadata = {
  metricNames: async () => ["http_requests_total", "memory_bytes"],
  facts: async () => ({
    http_requests_total: [{ type: "counter", unit: "", help: "" }],
    memory_bytes: [{ type: "gauge", unit: "", help: "" }],
  }),
  labelNames: async () => ["job", "code"],
  labelValues: async () => ["api"],
};

/** Code and underlined text. */
async function said(text: string): Promise<readonly string[]> {
  return (await diagnoseRuleFile(text, metadata)).map(({ code, from, to }) => `${code} ${text.slice(from, to)}`);
}

const RIGHT = `groups:
  - name: shop
    rules:
      - record: job:requests:rate5m
        expr: sum by (job) (rate(http_requests_total[5m]))
      - alert: Busy
        expr: job:requests:rate5m > 10
`;

describe("diagnostics of a rule file", () => {
  test("a file that is right, and records what it reads, has none", async () => {
    expect(await said(RIGHT)).toEqual([]);
  });

  test("every wrong rule is told, expressions at the word", async () => {
    const text = `groups:
  - name: shop
    rules:
      - alert: Syntax
        expr: sum(rate(http_requests_total[5m]) > 3
      - alert: Gauge
        expr: |
          sum(
            rate(memory_bytes[5m])
          ) > 3
      - alert: Folded
        expr: >-
          rate(http_requests_total{jbo="api"}[5m])
          > http_request_total
      - alert: Quoted
        expr: "rate(http_requests_total{job=\\"apy\\"}[5m]) > 1"
      - alert: Plain
        expr: rate(http_requests_total[5m])
          / memory_byte
      - alert: Fields
        exprr: up
      - expr: up
      - alert: Template
        expr: http_requests_total
        annotations: {summary: "{{ .Bad"}
`;
    expect(await said(text)).toEqual([
      "parse_error 3",
      "rate_of_gauge rate",
      "unknown_label jbo",
      "unknown_metric http_request_total",
      "unknown_value apy",
      "unknown_metric memory_byte",
      "bad_rule exprr",
      expect.stringMatching(/^bad_rule expr: up/),
      "unknown_metric up",
      'bad_rule "{{ .Bad"',
    ]);
  });

  test("YAML that is none is told at its place", async () => {
    const [first] = await diagnoseRuleFile("groups:\n  - name: [a\n", null);
    expect(first).toMatchObject({ severity: "error", code: "bad_yaml" });
  });

  test("the file is refused with every fault it has", () => {
    const refused = parseRuleFile("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(\n  - alert: B\n    expr: rate(x)\n");
    expect(refused.ok ? "" : refused.error.message).toMatch(
      /^line 5, column 11: .*"A" is not PromQL.* line 7, column 11: .*"B" is not PromQL.* Nothing was changed\.$/,
    );
  });
});

async function completed(marked: string): Promise<readonly string[] | null> {
  const offset = marked.indexOf("|>") === -1 ? marked.lastIndexOf("|") : marked.indexOf("|>");
  const text = marked.slice(0, offset) + marked.slice(offset + (marked.startsWith("|>", offset) ? 2 : 1));
  const found = await completeInRuleFile(text, offset, metadata);
  return found === null
    ? null
    : found.items.slice(0, 1).map(({ label }) => `${text.slice(0, found.from)}${label}${text.slice(found.to)}`.slice(RIGHT.length));
}

describe("completion in a rule file", () => {
  test("is of the expression the cursor is in", async () => {
    expect(await completed(`${RIGHT}      - alert: A\n        expr: sum(mem|\n`)).toEqual([
      "      - alert: A\n        expr: sum(memory_bytes\n",
    ]);
    expect(await completed(`${RIGHT}      - alert: A\n        expr: '{co|>}'\n`)).toEqual(["      - alert: A\n        expr: '{code}'\n"]);
    const block = "      - alert: A\n        expr: |2\n          sum(\n            mem|>_by\n          )\n";
    expect(await completed(RIGHT + block)).toEqual([
      "      - alert: A\n        expr: |2\n          sum(\n            memory_bytes\n          )\n",
    ]);
  });

  test("is none elsewhere", async () => {
    expect(await completed(`${RIGHT}      - alert: mem|\n        expr: up\n`)).toBeNull();
  });
});

test("a hover tells the function under the cursor", async () => {
  expect(await describeInRuleFile(RIGHT, RIGHT.indexOf("rate(http") + 1, metadata)).toMatchObject({
    from: RIGHT.indexOf("rate(http"),
    title: "rate(range-vector) instant-vector",
  });
});

test("what comes into an expression is written as its scalar needs it", async () => {
  const dotted: PromqlMetadata = { ...metadata, metricNames: async () => ["http.server.duration", "http_x"] };
  const completed = async (expr: string): Promise<string> => {
    const marked = `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: ${expr}\n`;
    const text = marked.replace("|", "");
    const found = await completeInRuleFile(text, marked.indexOf("|"), dotted);
    const [item] = found?.items ?? [];
    const whole = `${text.slice(0, found?.from)}${item?.insert ?? item?.label ?? ""}${text.slice(found?.to)}`;
    expect(await diagnoseRuleFile(whole, dotted)).toEqual([]);
    return whole.slice(whole.indexOf("expr: ") + 6).trimEnd();
  };
  expect(await completed("http.ser|")).toBe('({"http.server.duration"})');
  expect(await completed("rate(http.ser|[5m])")).toBe('rate({"http.server.duration"}[5m])');
  expect(await completed('"http.ser|"')).toBe('"{\\"http.server.duration\\"}"');
  expect(await completed("'http.ser|'")).toBe(`'{"http.server.duration"}'`);
  expect(await completed('"http_x{job=\\"|\\"} > 1"')).toBe('"http_x{job=\\"api\\"} > 1"');
  expect(await completed('"http_x{job=\\"a|\\"} > 1"')).toBe('"http_x{job=\\"api\\"} > 1"');
  expect(await completed('"http_x{job=\\"\\x61|\\"} >\\\n            1"')).toBe('"http_x{job=\\"api\\"} >\\\n            1"');
  expect(await completed(`'http_x{job="|"}'`)).toBe(`'http_x{job="api"}'`);
  expect(await completed("'http_x{job=''|''}'")).toBe("'http_x{job=''api''}'");

  const mistaken = "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: '1 + http_server_duration{}'\n";
  const [hint] = await diagnoseRuleFile(mistaken, dotted);
  const edit = hint?.fixes[0]?.edit ?? { from: 0, to: 0, text: "" };
  const fixed = mistaken.slice(0, edit.from) + edit.text + mistaken.slice(edit.to);
  expect(fixed).toContain(`'1 + {"http.server.duration"}'`);
});

test("a value that would end a plain scalar is not offered there", async () => {
  const odd: PromqlMetadata = { ...metadata, labelValues: async () => ["a: b", "c #d", "e:", "f"] };
  const offered = async (expr: string): Promise<readonly string[] | undefined> => {
    const marked = `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: ${expr}\n`;
    return (await completeInRuleFile(marked.replace("|", ""), marked.indexOf("|"), odd))?.items.map(({ label }) => label);
  };
  expect(await offered('memory_bytes{job="|"}')).toEqual(["e:", "f"]);
  expect(await offered(`'memory_bytes{job="|"}'`)).toEqual(["a: b", "c #d", "e:", "f"]);
});
