/** What an editor says of a query, what it completes, and what it tells of a word. `|` marks the cursor. */
import { completeQuery } from "@sightline/shared/promql/editor/complete";
import { describeWord } from "@sightline/shared/promql/editor/describe";
import { diagnoseQuery } from "@sightline/shared/promql/editor/diagnose";
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import { describe, expect, test } from "vitest";

const LABELS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  http_requests_total: { job: ["api", "shop"], code: ["200", "500"] },
  http_request_duration_seconds_bucket: { job: ["api"], le: ["0.1", "+Inf"] },
  memory_bytes: { instance: ["a"] },
  "my.queue-depth": { "a.b": ["1"], job: ["api"] },
  "http.server.duration": { "http.route": ["it's", 'say "hi"', "C:\\x", "a`b"] },
};

const metadata: PromqlMetadata = {
  metricNames: async () => Object.keys(LABELS),
  facts: async () => ({
    http_requests_total: [{ type: "counter", unit: "", help: "Requests served." }],
    http_request_duration_seconds: [{ type: "histogram", unit: "seconds", help: "" }],
    memory_bytes: [{ type: "gauge", unit: "bytes", help: "Memory in use." }],
  }),
  labelNames: async (metric) =>
    metric === "" ? ["job", "code", "le", "instance", "a.b", "http.route"] : Object.keys(LABELS[metric] ?? {}),
  labelValues: async (label, metric) => LABELS[metric]?.[label] ?? [],
};

const broken: PromqlMetadata = {
  metricNames: () => Promise.reject(new Error("offline")),
  facts: () => Promise.reject(new Error("offline")),
  labelNames: () => Promise.reject(new Error("offline")),
  labelValues: () => Promise.reject(new Error("offline")),
};

/** Code, underlined text and what the first fix makes of the query. */
async function said(query: string): Promise<readonly string[]> {
  const found = await diagnoseQuery(query, metadata);
  return found.map(({ code, from, to, fixes: [fix] }) => {
    const fixed = fix === undefined ? "" : ` → ${query.slice(0, fix.edit.from)}${fix.edit.text}${query.slice(fix.edit.to)}`;
    return `${code} ${query.slice(from, to)}${fixed}`;
  });
}

describe("diagnostics", () => {
  test.each([
    ["sum(rate(http_requests_total[5m]))", []],
    ["rate(memory_bytes[5m])", ["rate_of_gauge rate → deriv(memory_bytes[5m])"]],
    ["delta(http_requests_total[5m])", ["delta_of_counter delta → increase(http_requests_total[5m])"]],
    ["http_request_total", ["unknown_metric http_request_total → http_requests_total"]],
    ['http_requests_total{jbo="api"}', ['unknown_label jbo → http_requests_total{job="api"}']],
    ['http_requests_total{job="sho"}', ['unknown_value sho → http_requests_total{job="shop"}']],
    ['http_requests_total{zone=""}', []],
    ['{__name__="http_request_total"}', ['unknown_metric http_request_total → {__name__="http_requests_total"}']],
    ["rat(http_requests_total[5m])", ["parse_error rat → rate(http_requests_total[5m])"]],
    ["rate(http_requests_total)", ["parse_error http_requests_total"]],
    ["sum(", ["parse_error ("]],
    [
      "histogram_quantile(99, sum by (job) (rate(http_request_duration_seconds_bucket[5m])))",
      [
        "quantile_range 99 → histogram_quantile(0.99, sum by (job) (rate(http_request_duration_seconds_bucket[5m])))",
        "missing_le sum → histogram_quantile(99, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))",
      ],
    ],
    [
      "histogram_quantile(0.9, sum(rate(http_request_duration_seconds_bucket[5m])))",
      ["missing_le sum → histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"],
    ],
    ["histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", []],
    ["histogram_quantile(0.9, rate(http_request_duration_seconds_bucket[5m]))", []],
    ["topk by (jbo) (2, http_requests_total)", ["unknown_label jbo → topk by (job) (2, http_requests_total)"]],
    ["count by (__name__) (memory_bytes)", []],
    ["histogram_quantile(0.9, memory_bytes)", ["missing_le memory_bytes"]],
    ["histogram_quantile(0.9, sum by (job) (rate(http_requests_total[5m])))", ["missing_le http_requests_total"]],
    [
      "histogram_quantile(0.9, 2 * sum by (job) (http_request_duration_seconds_bucket))",
      ["missing_le http_request_duration_seconds_bucket"],
    ],
    ['histogram_quantile(0.9, label_replace(memory_bytes, "le", "1", "", ""))', []],
    ['histogram_quantile(0.9, {"http.server.duration"})', []],
    ["sum by (jbo) (http_requests_total)", ["unknown_label jbo → sum by (job) (http_requests_total)"]],
    ["sum(rate(http_requests_total[5m])) by (cod, job)", ["unknown_label cod → sum(rate(http_requests_total[5m])) by (code, job)"]],
    ["avg without (jbo) (http_requests_total)", ["unknown_label jbo → avg without (job) (http_requests_total)"]],
    ["sum by (code) (sum by (job) (http_requests_total))", ["unknown_label code"]],
    ["memory_bytes + on(zzz) memory_bytes", ["unknown_label zzz"]],
    [
      "memory_bytes + on(instance) group_left(jbo) http_requests_total",
      ["unknown_label jbo → memory_bytes + on(instance) group_left(job) http_requests_total"],
    ],
    ['sum by ("a.c") ({"my.queue-depth"})', ['unknown_label a.c → sum by ("a.b") ({"my.queue-depth"})']],
    ['sum by (zone) (label_replace(memory_bytes, "zone", "$1", "instance", "(.)"))', []],
    ['sum by (v, __name__) (count_values by (__name__) ("v", memory_bytes))', []],
    ["sum by (job) (memory_bytes * on(instance) group_left(job) up_to_come)", ["unknown_metric up_to_come"]],
    ["sum by (job) (memory_bytes or http_requests_total)", []],
    ['sum by (x) (topk(1, {job="api"}) / absent(memory_bytes) and ALERTS)', []],
    ["rate(sum(http_requests_total)[5m:])", ["increase_of_aggregate rate"]],
    ["ALERTS", []],
    ["http_server_duration", ['unknown_metric http_server_duration → {"http.server.duration"}']],
    ["http_server_duration{}", ['unknown_metric http_server_duration → {"http.server.duration"}']],
    ['http_server_duration{ job="a"}', ['unknown_metric http_server_duration → {"http.server.duration", job="a"}']],
    ['{"http.server.duration", http_route=~".+"}', ['unknown_label http_route → {"http.server.duration", "http.route"=~".+"}']],
    [`{'http.server.duration', "http.route"='its'}`, [`unknown_value its → {'http.server.duration', "http.route"='it\\'s'}`]],
    ['{"http.server.duration", "http.route"="C:\\\\y"}', ['unknown_value C:\\\\y → {"http.server.duration", "http.route"="C:\\\\x"}']],
    ["rate(http.server.duration[5m])", ['parse_error http.server.duration → rate({"http.server.duration"}[5m])']],
    ['http.server.duration{job="a"}', ['parse_error http.server.duration → {"http.server.duration", job="a"}']],
    ["sum by (http.route) (memory_bytes)", ['parse_error http.route → sum by ("http.route") (memory_bytes)']],
    ["memory_bytes{http.route=~'.+'}", ["parse_error http.route → memory_bytes{\"http.route\"=~'.+'}"]],
  ])("%s", async (query, expected) => {
    expect(await said(query)).toEqual(expected);
  });

  test("a label that nothing has is told by what it would do", async () => {
    const told = async (query: string): Promise<unknown> =>
      (await diagnoseQuery(query, metadata)).map(({ severity, message }) => [severity, message]);
    expect(await told("sum by (jbo) (http_requests_total)")).toEqual([
      ["warning", "Nothing here has the label jbo, so it tells no series apart; did you mean job?"],
    ]);
    expect(await told("memory_bytes * ignoring (zzz) memory_bytes")).toEqual([
      ["info", "Nothing here has the label zzz, so leaving it out changes nothing"],
    ]);
  });

  test("a metric that is yet to be recorded is not unknown", async () => {
    expect(await diagnoseQuery("job:rate5m", metadata, { alsoKnown: new Set(["job:rate5m"]) })).toEqual([]);
  });

  test("what the language says is said without metadata too", async () => {
    expect(await diagnoseQuery("nothing_like_it", broken)).toEqual([]);
    expect((await diagnoseQuery("sum(", null)).map(({ code }) => code)).toEqual(["parse_error"]);
  });
});

async function completed(marked: string, from: PromqlMetadata | null = metadata): Promise<readonly string[]> {
  const offset = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { items, from: start, to } = await completeQuery(text, offset, from);
  return items.slice(0, 3).map(({ label, kind, insert }) => `${kind} ${text.slice(0, start)}${insert ?? label}${text.slice(to)}`);
}

describe("completion", () => {
  test.each([
    ["http_req|", ["metric http_requests_total", "metric http_request_duration_seconds_bucket"]],
    ["sum(rat|", ["function sum(rate"]],
    ["http_requests_total{|", ["label http_requests_total{job", "label http_requests_total{code"]],
    ['http_requests_total{job="api", |}', ['label http_requests_total{job="api", code}']],
    ['http_requests_total{job="s|"}', ['value http_requests_total{job="shop"}']],
    ["http_requests_total{job=|}", ['value http_requests_total{job="api"}', 'value http_requests_total{job="shop"}']],
    ['{__name__="mem|"}', ['value {__name__="memory_bytes"}']],
    ["{__n|}", ["label {__name__}"]],
    ['{job="api", __|}', ['label {job="api", __name__}']],
    ['{__name__=~"mem.*", __|}', []],
    ["memory_bytes{__|}", []],
    ["count by (__|) (memory_bytes)", ["label count by (__name__) (memory_bytes)"]],
    ["my|", ['metric {"my.queue-depth"}']],
    ["rate(http.server.du|[5m])", ['metric rate({"http.server.duration"}[5m])']],
    ["sum by (http.r|)", ['label sum by ("http.route")']],
    ['{"http.server.duration", http.r|}', ['label {"http.server.duration", "http.route"}']],
    [`{'http.server.duration', 'http.route'='it|'}`, [`value {'http.server.duration', 'http.route'='it\\'s'}`]],
    [`{'http.server.duration', 'http.route'='say|'}`, [`value {'http.server.duration', 'http.route'='say "hi"'}`]],
    ['{"http.server.duration", "http.route"="it\'|"}', [`value {"http.server.duration", "http.route"="it's"}`]],
    ['{"http.server.duration", "http.route"="C:\\\\|"}', ['value {"http.server.duration", "http.route"="C:\\\\x"}']],
    [`{"http.server.duration", "http.route"=\`C:\\|\`}`, [`value {"http.server.duration", "http.route"=\`C:\\x\`}`]],
    ['{"http.server.duration", "http.route"=`a|`}', ['value {"http.server.duration", "http.route"=`say "hi"`}']],
    ['sum by (|) ({"my.queue-depth"})', ['label sum by ("a.b") ({"my.queue-depth"})', 'label sum by (job) ({"my.queue-depth"})']],
    ['{"my|', ['metric {"my.queue-depth']],
    ['{"my|"}', ['metric {"my.queue-depth"}']],
    ['{"my.queue-depth", |}', ['label {"my.queue-depth", "a.b"}', 'label {"my.queue-depth", job}']],
    ['{"my.queue-depth", "a|"}', ['label {"my.queue-depth", "a.b"}']],
    [
      '{"my.queue-depth", "a.b"|',
      ['operator {"my.queue-depth", "a.b"="', 'operator {"my.queue-depth", "a.b"!="', 'operator {"my.queue-depth", "a.b"=~"'],
    ],
    ['{"my.queue-depth", "a.b"="|"}', ['value {"my.queue-depth", "a.b"="1"}']],
    ["sum by (a|)", ['label sum by ("a.b")', "label sum by (instance)"]],
    ['sum by ("a|") (memory_bytes)', ['label sum by ("instance") (memory_bytes)']],
    ["sum by (|) (http_requests_total)", ["label sum by (code) (http_requests_total)", "label sum by (job) (http_requests_total)"]],
    ["rate(http_requests_total[|", ["duration rate(http_requests_total[30s", "duration rate(http_requests_total[1m"]],
    ["rate(http_requests_total[7|", ["duration rate(http_requests_total[7s", "duration rate(http_requests_total[7m"]],
    ["http_requests_total off|", ["keyword http_requests_total offset"]],
    [
      "http_requests_total offset 1|",
      ["duration http_requests_total offset 1s", "duration http_requests_total offset 1m", "duration http_requests_total offset 1h"],
    ],
    ["http_requests_total @ s|", ["keyword http_requests_total @ start()"]],
    ["http_requests_total @ |start()", ["keyword http_requests_total @ start()", "keyword http_requests_total @ end()"]],
    ["http_requests_total @ st|art() + 1", ["keyword http_requests_total @ start() + 1"]],
    ["http_requests_total @ -|", []],
    ["memory_bytes offset -|", ["duration memory_bytes offset -30s"]],
    ["memory_bytes offset -5|", ["duration memory_bytes offset -5s"]],
    ['sum(http_requests_total{job="s|) / sum(up)', ['value sum(http_requests_total{job="shop) / sum(up)']],
    ['http_requests_total{job="ap|, code="200"}', ['value http_requests_total{job="api, code="200"}']],
    ['sum(http_requests_total{job="s|) / x{a="b"}', ['value sum(http_requests_total{job="shop) / x{a="b"}']],
    ["sum b|", ["keyword sum by"]],
    ["sum by (job) |", []],
    ["sum by (job) mem|", []],
    [
      "memory_bytes / on (instance) group_left (|",
      ['label memory_bytes / on (instance) group_left ("a.b"', "label memory_bytes / on (instance) group_left (code"],
    ],
    ["memory_bytes / on (instance) group_left (co|", ["label memory_bytes / on (instance) group_left (code"]],
    ["memory_bytes / on (job) group_left (|) http_requests_total", ["label memory_bytes / on (job) group_left (code) http_requests_total"]],
    [
      "memory_bytes / on (x) group_right (|) http_requests_total",
      ["label memory_bytes / on (x) group_right (instance) http_requests_total"],
    ],
    ["http_requests_total / on|", ["keyword http_requests_total / on"]],
    ["vector(1) # mem|", []],
  ])("%s", async (marked, expected) => {
    const found = await completed(marked);
    expect(found.slice(0, expected.length)).toEqual(expected);
    if (expected.length === 0) expect(found).toEqual([]);
  });

  test.each([
    ["sum(memory_bytes) |", "by without"],
    ["sum |", "by without"],
    ["sum(memory_bytes) by (job) |", ""],
    ["sum(memory_bytes) by (job)|", ""],
    ["sum by (job) (memory_bytes) |", ""],
    ["rate(http_requests_total[5m]) |", ""],
    ["(memory_bytes) |", ""],
    ["memory_bytes offset 5m |", ""],
    ["memory_bytes |", "offset"],
    ["http_requests_total{job='api'} |", "offset"],
    ["memory_bytes @ start() |", "offset"],
    ["memory_bytes @ 17 |", "offset"],
  ])("%s is followed by operators and %j", async (marked, modifiers) => {
    const offset = marked.indexOf("|");
    const { items } = await completeQuery(marked.replace("|", ""), offset, metadata);
    const operators = "+ - * / % ^ == != > < >= <= and or unless";
    expect(items.map(({ label }) => label).join(" ")).toBe(`${operators} ${modifiers}`.trim());
  });

  test.each([
    ["memory_bytes * |", "on ignoring"],
    ["memory_bytes > |", "bool on ignoring"],
    ["memory_bytes * on (job) |", "group_left group_right"],
    ["memory_bytes * on (job) group_left () |", ""],
    ["sum by (job) (|", ""],
    ["-|", ""],
    ["memory_bytes * -|", ""],
    ["sum(-|", ""],
    ["memory_bytes * on (job) -|", ""],
    ["memory_bytes - |", "on ignoring"],
    ["sum(memory_bytes) by (job) - |", "on ignoring"],
  ])("%s is followed by operands and %j", async (marked, modifiers) => {
    const offset = marked.indexOf("|");
    const { items } = await completeQuery(marked.replace("|", ""), offset, metadata);
    expect(items[0]).toMatchObject({ kind: "metric" });
    expect(items.flatMap(({ kind, label }) => (kind === "keyword" ? [label] : [])).join(" ")).toBe(modifiers);
  });

  test("offline, the words of the language are left", async () => {
    expect(await completed("sum(rat|", broken)).toContain("function sum(rate");
    expect(await completed("http_req|", null)).toEqual([]);
  });
});

test("a hover tells what a function takes and what a metric is", async () => {
  const query = "rate(http_requests_total[5m])";
  expect(await describeWord(query, 1, metadata)).toMatchObject({ from: 0, to: 4, title: "rate(range-vector) instant-vector" });
  expect(await describeWord(query, 8, metadata)).toMatchObject({ title: "http_requests_total, counter", text: "Requests served." });
  expect(await describeWord(query, 26, metadata)).toBeNull();
  expect(await describeWord('{"memory_bytes", job="memory_bytes"}', 3, metadata)).toMatchObject({ title: "memory_bytes, gauge, bytes" });
  expect(await describeWord('{"memory_bytes", job="memory_bytes"}', 25, metadata)).toBeNull();
  expect(await describeWord('label_replace(up, "memory_bytes", "memory_bytes", "", "")', 20, metadata)).toBeNull();
});
