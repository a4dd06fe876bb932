/** What Grafana and promtool ask of a Prometheus, asked of a real one and of the stack: the same status, the same shape of answer. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lacking, shapeOf } from "../support/json-shape.ts";
import { type RealPrometheus, prometheusMissing, startPrometheus } from "../support/real-prometheus.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";

const missing = prometheusMissing();
if (missing !== null) process.stdout.write(`Prometheus's clients were not tried: ${missing}\n`);

const run = promisify(execFile);
const METRIC = "node_load1";

/** Requests in the order and form of Grafana's Prometheus data source: opening it, its query editor, a dashboard, exemplars, alerting. */
const REQUESTS: readonly { readonly path: string; readonly form?: Readonly<Record<string, string>>; readonly map?: boolean }[] = [
  { path: "/api/v1/status/buildinfo" },
  { path: "/api/v1/query?query=1%2B1&time=NOW" },
  { path: "/api/v1/query", form: { query: "1+1", time: "NOW" } },
  { path: "/api/v1/metadata", map: true },
  { path: "/api/v1/metadata?limit=5", map: true },
  { path: `/api/v1/metadata?metric=${METRIC}`, map: true },
  { path: "/api/v1/labels?start=FROM&end=NOW" },
  { path: "/api/v1/labels", form: { start: "FROM", end: "NOW", "match[]": `{__name__="${METRIC}"}` } },
  { path: "/api/v1/label/__name__/values?start=FROM&end=NOW" },
  { path: `/api/v1/label/job/values?start=FROM&end=NOW&match[]=${METRIC}` },
  { path: "/api/v1/series", form: { "match[]": METRIC, start: "FROM", end: "NOW" } },
  { path: `/api/v1/series?match[]=${METRIC}&start=FROM&end=NOW` },
  { path: "/api/v1/query_range", form: { query: `rate(node_cpu_seconds_total{mode!="idle"}[10s])`, start: "FROM", end: "NOW", step: "5" } },
  {
    path: "/api/v1/query_range",
    form: { query: "sum by (mode) (node_cpu_seconds_total)", start: "FROM", end: "NOW", step: "5s", timeout: "30s" },
  },
  { path: `/api/v1/query_range?query=${METRIC}&start=FROM&end=NOW&step=5` },
  { path: "/api/v1/query", form: { query: `${METRIC}[10s]`, time: "NOW" } },
  { path: "/api/v1/query", form: { query: `"text"`, time: "NOW" } },
  { path: "/api/v1/query", form: { query: "no_such_metric", time: "NOW" } },
  { path: `/api/v1/query_exemplars?query=${METRIC}&start=FROM&end=NOW` },
  { path: "/api/v1/rules" },
  { path: "/api/v1/rules?type=alert" },
  { path: "/api/v1/rules?type=record" },
  { path: "/api/v1/alerts" },
  { path: "/api/v1/alertmanagers" },
  { path: "/api/v1/targets" },
  { path: "/api/v1/targets?state=active" },
  { path: "/api/v1/targets/metadata?limit=1" },
  { path: "/api/v1/status/config" },
  { path: "/api/v1/status/flags", map: true },
  { path: "/api/v1/status/runtimeinfo" },
  { path: "/api/v1/status/tsdb" },
  { path: "/api/v1/format_query?query=sum(rate(a[5m]))by(b)" },
  // Mistakes have their shape too.
  { path: "/api/v1/query", form: { query: "sum(" } },
  { path: "/api/v1/query" },
  { path: "/api/v1/query?query=1&time=yesterday" },
  { path: "/api/v1/query_range?query=1&start=FROM&end=NOW&step=0" },
  { path: "/api/v1/query_range?query=1&start=NOW&end=FROM&step=5" },
  { path: "/api/v1/query_range?query=1&start=0&end=NOW&step=1" },
  { path: "/api/v1/query_range?query=a[5m]&start=FROM&end=NOW&step=5" },
  { path: "/api/v1/series" },
  { path: "/api/v1/series?match[]=%7B%7D" },
  { path: "/api/v1/query_exemplars?query=%7B" },
  { path: "/api/v1/nowhere" },
];

describe.skipIf(missing !== null)("clients of Prometheus", () => {
  let stack: Stack;
  let prometheus: RealPrometheus;
  let now = 0;

  beforeAll(async () => {
    stack = await startStack({ args: ["--no-agent"] });
    prometheus = await startPrometheus(stack);
    const count = `/api/v1/query?query=${encodeURIComponent(`count_over_time(${METRIC}[1m])`)}`;
    await until("the stack has ten scrapes", 60_000, async () => {
      const { data } = await stack.json<{ data: { result: readonly { value: readonly [number, string] }[] } }>(count);
      return Number(data.result[0]?.value[1] ?? 0) >= 10;
    });
    // Metadata is sent once a minute, the first time at once.
    await until("metadata has come", 90_000, async () => {
      const { data } = await stack.json<{ data: Record<string, unknown> }>(`/api/v1/metadata?metric=${METRIC}`);
      return Object.keys(data).length > 0;
    });
    now = Math.floor(Date.now() / 1000);
  }, 180_000);

  afterAll(async () => {
    await prometheus?.stop();
    await stack?.stop();
  });

  test.each(
    REQUESTS.map(
      (request) =>
        [`${request.form === undefined ? "GET" : "POST"} ${request.path} ${JSON.stringify(request.form ?? "")}`, request] as const,
    ),
  )("%s", async (_name, { path, form, map = false }) => {
    const filled = (text: string): string => text.replaceAll("NOW", String(now)).replaceAll("FROM", String(now - 30));
    const init: RequestInit =
      form === undefined
        ? {}
        : {
            method: "POST",
            body: new URLSearchParams(Object.entries(form).map(([name, value]): [string, string] => [name, filled(value)])),
          };
    const [theirs, ours] = await Promise.all([fetch(`${prometheus.url}${filled(path)}`, init), stack.request(filled(path), init)]);
    const [theirText, ourText] = [await theirs.text(), await ours.text()];
    expect(ours.status, ourText.slice(0, 300)).toBe(theirs.status);
    if (!(theirs.headers.get("content-type") ?? "").includes("json")) return;
    const body = (text: string): unknown => {
      const { data, ...rest } = JSON.parse(text) as { data?: unknown };
      return { ...rest, ...(data === undefined ? {} : { data: { it: shapeOf(data, map) } }) };
    };
    const [a, b] = [JSON.parse(theirText) as Record<string, unknown>, JSON.parse(ourText) as Record<string, unknown>];
    expect(b["status"]).toBe(a["status"]);
    expect(b["errorType"], ourText).toBe(a["errorType"]);
    expect(
      lacking(shapeOf(a["data"] ?? null, map), shapeOf(b["data"] ?? null, map)),
      JSON.stringify([body(theirText), body(ourText)]),
    ).toEqual([]);
  });

  test.each([
    ["instant", (url: string) => ["query", "instant", `--time=${now}`, url, METRIC]],
    ["range", (url: string) => ["query", "range", `--start=${now - 20}`, `--end=${now}`, "--step=5s", url, METRIC]],
    ["series", (url: string) => ["query", "series", `--match=${METRIC}`, url]],
    ["labels", (url: string) => ["query", "labels", url, "job"]],
  ])("promtool query %s prints the same of both", async (_name, command) => {
    const { host } = new URL(stack.url);
    // A token goes as the password of Basic authentication.
    const ours = await run("promtool", command(`http://promtool:${stack.token}@${host}`));
    const theirs = await run("promtool", command(prometheus.url));
    expect(ours.stdout.trim()).toBe(theirs.stdout.trim());
    expect(theirs.stdout).not.toBe("");
  });
});
