import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "../bench/report.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { remoteWrite } from "../support/remote-write.ts";
import { discard, type Stack, startStack } from "../support/stack.ts";
import type { FaultOptions } from "./fault-options.ts";

const P99_MS = 100;
/** No answer may take longer: the limit is 30 s. */
const LONGEST_MS = 35_000;
const INTERVAL_MS = 15_000;

/** Each evaluates the one inside it at 3600 times for each of its own. */
const nestedSubqueries = (levels: number): string => `${"max_over_time(".repeat(levels)}node_load1${"[1h:1s])".repeat(levels)}`;

/** An `x` and another one, as one of so many pairs of classes that nothing can put together. */
const eitherClass = (pairs: number): string =>
  Array.from({ length: pairs }, (_, i) => `[x${String.fromCharCode(0x400 + i)}][x${String.fromCharCode(0x1000 + i)}]`).join("|");

/** Queries that want too much, and what the refusal must name; null: it may succeed, within the time. */
const QUERIES: readonly {
  readonly query: string;
  readonly refusal: RegExp | null;
  readonly range?: readonly [seconds: number, step: number];
}[] = [
  { query: `{__name__=~".+"} * on () group_left () {__name__=~".+"}`, refusal: /many-to-many|multiple matches|found duplicate series/ },
  {
    query: `{env="production"} * on (job) group_left () {env="production"}`,
    refusal: /many-to-many|multiple matches|found duplicate series/,
  },
  { query: "node_load1", range: [31_536_000, 1], refusal: /exceeded maximum resolution of 11,?000/ },
  { query: `quantile_over_time(0.99, {env="production"}[2h])`, range: [7200, 1], refusal: null },
  { query: `sum_over_time({env="production"}[2h:1s])`, range: [7200, 10], refusal: /limit|timed out|at most/ },
  { query: `sum(rate({env="production"}[5m]))`, range: [7200, 1], refusal: null },
  { query: nestedSubqueries(6), range: [3600, 15], refusal: /maxSubqueryValues/ },
  { query: nestedSubqueries(60), refusal: /maxSubqueryValues/ },
  { query: `{env="production"} * on (job) group_left () sum by (job) ({env="production"})`, range: [7200, 5], refusal: null },
  { query: `{env="production"}`, range: [7200, 1], refusal: /limit|at most/ },
  { query: `count_values("v", {env="production"})`, range: [7200, 15], refusal: null },
  { query: `${"(".repeat(10_000)}1${")".repeat(10_000)}`, refusal: /nested|deep/ },
  { query: `${"-".repeat(5000)}1`, refusal: /nested|deep/ },
  { query: Array.from({ length: 4000 }, () => "up").join(" + "), refusal: null },
  { query: `count({${Array.from({ length: 10_000 }, (_, i) => `l${i}!="x"`).join(",")},job="many"})`, refusal: /maxQueryLength/ },
  { query: `count({handler=~"(a+)+(a+)+(a+)+$"})`, refusal: null },
  { query: `count(label_replace({job="many"}, "n", "$1", "id", "(a+)+$"))`, refusal: null },
  { query: `count({handler=~"${"(x?)".repeat(500)}${"x".repeat(500)}"})`, refusal: null },
  { query: `count({handler=~"(((a{1,100}){1,100}){1,100}){1,100}"})`, refusal: /regular expression|regexp|invalid|parse/ },
  { query: `count({handler=~"${"\\\\pL{1000}".repeat(1000)}"})`, refusal: /maxExpressionSize/ },
  { query: `count({handler=~"${".{0,1000}".repeat(50)}"})`, refusal: /maxExpressionSize/ },
  {
    query: Array.from({ length: 1000 }, (_, i) => `count({handler=~"\\\\pL{${i}}"})`).join(" or "),
    refusal: /maxExpressionSize/,
  },
  { query: `count({long=~"[0-9]+${"x?".repeat(3000)}"})`, refusal: null },
  { query: `count({long=~"[0-9]*(?:${eitherClass(2000)})*[yz]"})`, refusal: null },
  { query: `count(label_replace({job="long"}, "n", "$1", "long", "[0-9]*${"(x?)".repeat(2000)}"))`, refusal: null },
  {
    query: `label_replace({job="long"}, "n", "${Array.from({ length: 2000 }, (_, i) => `$${i}`).join("")}", "long", "[0-9]*${"(x?)".repeat(2000)}")`,
    refusal: /maxGroupPlaces/,
  },
  { query: "9".repeat(60_000), refusal: /out of range/ },
  { query: `label_replace({env="production"}, "v", "$1$1$1$1$1$1$1$1", "handler", "(.*)")`, range: [3600, 60], refusal: null },
  { query: `sort_desc(topk(5000, {env="production"}))`, refusal: null },
  { query: "1+".repeat(500_000) + "1", refusal: /maxQueryLength/ },
  { query: "] ".repeat(30_000), refusal: /unexpected right bracket/ },
  { query: `count({id=~".*9.*"})`, refusal: null },
  { query: `count({id=~"(.*1.*2.*3)+z"})`, refusal: null },
  { query: `count(count by (id) ({job="many"}))`, refusal: null },
  { query: `count(count_values by (id) ("v", {job="many"}))`, refusal: null },
  { query: `count(label_replace({job="many"}, "n", "$1", "id", "request-(.*)"))`, refusal: null },
  { query: `{job="many"}`, refusal: null },
];

/** Other routes that go through very many series, label values or samples; null: they may succeed, within the time. */
const ROUTES: readonly {
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly refusal: RegExp | null;
}[] = [
  { path: "/api/v1/series", parameters: { "match[]": '{job="many"}' }, refusal: /maxListBytes/ },
  { path: "/api/v1/series", parameters: { "match[]": '{id=~".+"}', limit: "1000" }, refusal: null },
  { path: `/api/v1/series?${"match[]={a=%22b%22}&".repeat(300)}`, refusal: /maxSelectors/ },
  { path: "/api/v1/labels", refusal: null },
  { path: "/api/v1/labels", parameters: { "match[]": '{job="many"}' }, refusal: null },
  { path: "/api/v1/label/id/values", refusal: null },
  { path: "/api/v1/label/other_0/values", parameters: { "match[]": '{job="many"}' }, refusal: null },
  { path: "/api/v1/status/tsdb", parameters: { limit: "100000" }, refusal: null },
  { path: "/api/v1/metadata", refusal: null },
  { path: "/federate", parameters: { "match[]": '{job="many"}' }, refusal: null },
  { path: "/v1/export", parameters: { "match[]": '{job="many"}', format: "csv" }, refusal: null },
  { path: "/v1/stats", parameters: { query: '{job="many"}', window: "1h" }, refusal: /at most 2000/ },
  { path: "/v1/status", refusal: null },
  { path: "/v1/snapshot", refusal: null },
];

/** Series with a value of `id` each: more of one metric than these are not taken, and of a sender not many more. */
const MANY_EACH = 25_000;

/** Series with a label's value of a kilobyte each. */
const LONG = 20;

async function writeSeries(stack: Stack, sender: string, labels: readonly Record<string, string>[], t: number): Promise<void> {
  const order = Int32Array.from(labels, (_, i) => i);
  for (const { body } of new RemoteWriteEncoder(labels).requests({ t, order, values: new Float64Array(labels.length).fill(1) }, 5000))
    assert.equal((await remoteWrite(stack, body, sender)).status, 204);
}

async function writeMany(stack: Stack, metrics: number, others: number, t: number): Promise<void> {
  for (let metric = 0; metric < metrics; metric++) {
    const labels = Array.from({ length: MANY_EACH }, (_, i) => {
      const one: Record<string, string> = { __name__: `many_${metric}`, id: `request-${metric}-${i * 7919}`, job: "many" };
      for (let other = 0; other < others; other++) one[`other_${other}`] = `v${metric}-${i}-${other}`;
      return one;
    });
    await writeSeries(stack, "many", labels, t);
  }
}

/** Queries that want too much end within their limits, with a message that says which; ingest beside them does not notice. */
export async function hostileQueries({ smoke }: FaultOptions): Promise<string> {
  const stack = await startStack({ args: ["--no-agent"] });
  try {
    const series = 5000;
    const scrapes = smoke ? 100 : 480;
    const now = Math.floor(Date.now() / 1000) * 1000;
    const load = new ReferenceLoad({ series, startMs: now - scrapes * INTERVAL_MS, intervalMs: INTERVAL_MS });
    const encoder = new RemoteWriteEncoder(load.labels);
    for (let k = 0; k < scrapes; k++)
      for (const { body } of encoder.requests(load.next())) assert.equal((await remoteWrite(stack, body)).status, 204);
    await writeMany(stack, smoke ? 2 : 4, smoke ? 1 : 9, now);
    const long = Array.from({ length: LONG }, (_, i) => ({ __name__: "long", job: "long", long: i + "x".repeat(1000) }));
    await writeSeries(stack, "long", long, now);
    const own = new ReferenceLoad({ series: 500, startMs: now, intervalMs: 1 });
    const labels = own.labels.map((one) => ({ ...one, env: "beside" }));
    const beside = new RemoteWriteEncoder(labels);
    const latencies: number[] = [];
    const writing = new AbortController();
    const writer = (async (): Promise<void> => {
      while (!writing.signal.aborted) {
        for (const { body } of beside.requests(own.next())) {
          const answer = await remoteWrite(stack, body, "beside");
          assert.equal(answer.status, 204, answer.body);
          latencies.push(answer.ms);
        }
        await sleep(20);
      }
    })();
    const told: string[] = [];
    let slowest = 0;
    try {
      const ask = async (name: string, request: () => Promise<Response>, refusal: RegExp | null, mustBeRefused: boolean): Promise<void> => {
        const writes = latencies.length;
        const started = performance.now();
        const response = await request();
        const bytes = await response.arrayBuffer();
        const ms = performance.now() - started;
        slowest = Math.max(slowest, ms);
        const text = response.ok ? `${bytes.byteLength} bytes` : new TextDecoder().decode(bytes);
        const shown = `${name.slice(0, 60)}: ${response.status} after ${ms.toFixed(0)} ms: ${text.slice(0, 300)}`;
        if (process.env["VERBOSE"] !== undefined) told.push(`[${Math.max(0, ...latencies.slice(writes)).toFixed(0)} ms beside] ${shown}`);
        assert.ok(ms < LONGEST_MS, shown);
        if (response.ok) {
          assert.ok(!mustBeRefused, `${shown}: was to be refused`);
          return;
        }
        const { error, detail, errorType } = JSON.parse(text) as { error?: string; detail?: string; errorType?: string };
        const said = error ?? detail ?? "";
        assert.ok(errorType !== "internal" && said.length > 10, shown);
        if (refusal !== null) assert.match(said, refusal, shown);
      };
      for (const { query, refusal, range } of QUERIES) {
        const form = new URLSearchParams({ query });
        const end = now / 1000;
        if (range !== undefined)
          for (const [name, value] of Object.entries({ start: end - range[0], end, step: range[1] })) form.set(name, String(value));
        const path = `/api/v1/query${range === undefined ? "" : "_range"}`;
        await ask(query, () => stack.request(path, { method: "POST", body: form }), refusal, refusal !== null);
      }
      for (const { path, parameters = {}, refusal } of ROUTES) {
        const address = `${path}${path.includes("?") ? "" : "?"}${new URLSearchParams(parameters).toString()}`;
        // What is too long for one list depends on how many series there are.
        await ask(address, () => stack.request(address), refusal, false);
      }
    } finally {
      writing.abort();
      await writer;
      process.stdout.write(told.map((line) => `${line}\n`).join(""));
    }
    const p99 = quantile(latencies, 0.99);
    // The smoke run shares its machine: it tells the figure and does not judge it.
    assert.ok(smoke || p99 < P99_MS, `99% of the writes beside were durable within ${p99.toFixed(0)} ms, not ${P99_MS}`);
    return `${QUERIES.length} queries and ${ROUTES.length} other questions over ${series * scrapes} samples, the slowest ${(slowest / 1000).toFixed(1)} s; ${latencies.length} writes beside them, p50 ${quantile(latencies, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, at most ${Math.max(...latencies).toFixed(0)} ms`;
  } finally {
    await stack.stop();
    discard(stack);
  }
}
