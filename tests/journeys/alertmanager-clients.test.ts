/** amtool and a Prometheus with `alerting:`, asked of Debian's Alertmanager and of the stack: both take them alike. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lacking, shapeOf } from "../support/json-shape.ts";
import { type Amtool, type RealAlertmanager, alertmanagerMissing, amtoolFor, startAlertmanager } from "../support/real-alertmanager.ts";
import { runPrometheus } from "../support/real-prometheus.ts";
import { type Stack, discard, freePort, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import { VENDORS, type VendorServer } from "../support/vendor-server.ts";

const missing = alertmanagerMissing();
if (missing !== null) process.stdout.write(`Alertmanager's clients were not tried: ${missing}\n`);

interface WebhookBody {
  readonly status: string;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly generatorURL: string;
  }[];
}

const SECRET = "never shown again";

const routing = (url: string) => ({
  route: {
    receiver: "nobody",
    routes: [{ receiver: "hook", matchers: ['alertname="TargetDown"'], group_by: ["alertname"], group_wait: "10s", group_interval: "1s" }],
  },
  receivers: [{ name: "nobody" }, { name: "hook", webhook_configs: [{ url }] }],
});

describe.skipIf(missing !== null)("clients of Alertmanager", () => {
  let stack: Stack;
  let real: RealAlertmanager;
  let hook: VendorServer;
  let amtool: Amtool;
  let theirs: Amtool;

  beforeAll(async () => {
    [stack, hook] = await Promise.all([startStack({ args: ["--no-agent", "--allow-outbound", "127.0.0.0/8"] }), VENDORS.webhook()]);
    real = await startAlertmanager(routing(hook.url));
    amtool = amtoolFor(stack.url, stack.token);
    theirs = amtoolFor(real.url, "");
    const put = (path: string, body: unknown): Promise<unknown> =>
      stack.json(path, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    await put("/v1/receivers/nobody", { integrations: [] });
    await put("/v1/receivers/hook", { url: hook.url, secret: SECRET });
    await put("/v1/routes", { route: routing(hook.url).route });
  }, 120_000);

  afterAll(async () => {
    for (const tool of [amtool, theirs]) tool?.discard();
    await Promise.all([hook?.close(), real?.stop(), stack?.stop()]);
    if (stack !== undefined) discard(stack);
  });

  test("amtool alert add and query: what was added is found, by itself and by matchers", async () => {
    for (const tool of [theirs, amtool]) {
      await tool("alert", "add", "alertname=DiskFull", "severity=critical", "instance=a", "--annotation=summary=It is full");
      await tool("alert", "add", "DiskSlow", "severity=warning", "instance=b");
    }
    const columns = (text: string): readonly string[] => text.trim().split("\n").map((line) => line.replace(/\s+/g, " ").replace(/\d{4}-\S+ \S+ \S+/, "TIME").trim()); // prettier-ignore
    for (const query of [
      ["alert", "query"],
      ["alert", "query", "DiskFull"],
      ["alert", "query", "instance=~[ab]", "severity!=critical"],
    ])
      // prettier-ignore
      expect(columns(await amtool(...query))).toEqual(columns(await theirs(...query)));
    expect(await amtool("alert", "query", "DiskFull")).toContain("It is full");
    expect(await amtool("--output=extended", "alert", "query", "DiskFull")).toContain('severity="critical"');
    expect(JSON.parse(await amtool("--output=json", "alert", "query", "DiskFull"))).toMatchObject([{ labels: { instance: "a" } }]);
  });

  test("amtool silence add, query, update and expire", async () => {
    const id = (await amtool("silence", "add", "alertname=DiskSlow", "--author=ada", "--comment=known", "--duration=1h")).trim();
    const listed = await amtool("silence", "query");
    expect(listed).toContain(id);
    expect(listed).toContain("ada");
    expect(await amtool("silence", "query", "alertname=DiskSlow", "--quiet")).toContain(id);
    expect(await amtool("alert", "query", "DiskSlow")).not.toContain("suppressed");
    expect(await amtool("alert", "query", "--silenced", "DiskSlow")).toContain("suppressed");
    const updated = await amtool("silence", "update", id, "--duration=2h", "--comment=still known");
    expect(updated).toContain("still known");
    expect(updated).toContain(id);
    await amtool("silence", "expire", id);
    expect(await amtool("silence", "query", "--quiet")).not.toContain(id);
    expect(await amtool("silence", "query", "--quiet", "--expired")).toContain(id);
    await expect(amtool("silence", "expire", "0e5a37e7-6f4f-4a43-a0f8-ce9a30b8b2a6")).rejects.toThrow(/.+/);
  });

  test("amtool silence import takes what amtool silence query gave", async () => {
    await theirs("silence", "add", "alertname=Imported", "--author=ada", "--comment=moved", "--duration=1h");
    const directory = mkdtempSync(join(tmpdir(), "sightline-silences-"));
    const file = join(directory, "silences.json");
    writeFileSync(file, await theirs("--output=json", "silence", "query", "alertname=Imported"));
    await amtool("silence", "import", "--force", file);
    rmSync(directory, { recursive: true });
    expect(await amtool("silence", "query", "alertname=Imported")).toContain("moved");
  });

  test("amtool config show, config routes test and cluster show", async () => {
    expect(await amtool("config", "show")).toContain("receiver: nobody");
    expect(await amtool("config", "show")).not.toContain(SECRET);
    expect(await amtool("config", "routes", "show")).toMatch(/alertname="TargetDown".*receiver: hook/);
    expect((await amtool("config", "routes", "test", "alertname=TargetDown")).trim()).toBe("hook");
    expect((await amtool("config", "routes", "test", "alertname=Other")).trim()).toBe("nobody");
    expect(await amtool("cluster", "show")).toMatch(/Cluster Status:\s+ready/);
  });

  test.each<{ method: string; path: string; body?: unknown }>([
    { method: "GET", path: "/api/v2/status" },
    { method: "GET", path: "/api/v2/receivers" },
    { method: "GET", path: "/api/v2/alerts" },
    { method: "GET", path: "/api/v2/alerts?active=false" },
    { method: "GET", path: "/api/v2/alerts?receiver=no" },
    { method: "GET", path: "/api/v2/alerts/groups" },
    { method: "GET", path: "/api/v2/silences" },
    { method: "GET", path: "/api/v2/alerts?filter=}{" },
    { method: "POST", path: "/api/v2/alerts", body: [{ labels: {} }] },
    { method: "POST", path: "/api/v2/alerts", body: [] },
    { method: "GET", path: "/api/v2/silence/0e5a37e7-6f4f-4a43-a0f8-ce9a30b8b2a6" },
  ])("$method $path answers with the same status and shape", async ({ method, path, body }) => {
    const init: RequestInit = body === undefined ? { method } : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }; // prettier-ignore
    const [their, our] = await Promise.all([fetch(`${real.url}${path}`, init), stack.request(path, init)]);
    const [theirText, ourText] = [await their.text(), await our.text()];
    expect(our.status, ourText).toBe(their.status);
    if (theirText.startsWith("[") || theirText.startsWith("{"))
      expect(lacking(shapeOf(JSON.parse(theirText)), shapeOf(JSON.parse(ourText)))).toEqual([]);
    else if (!their.ok) expect(typeof JSON.parse(ourText)).toBe("string");
  });

  test("a silence that nobody made cannot be deleted", async () => {
    // Alertmanager before 0.26 said 500.
    const answer = await stack.request("/api/v2/silence/0e5a37e7-6f4f-4a43-a0f8-ce9a30b8b2a6", { method: "DELETE" });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toContain("There is no silence");
  });

  test("a Prometheus with `alerting:` is heard: three targets that are down are one message, and all three are over", async () => {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const { host } = new URL(stack.url);
    const prometheus = await runPrometheus(
      () => ({
        global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s", external_labels: { cluster: "here" } },
        rule_files: ["rules.yml"],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [host] }], authorization: { credentials: stack.token } }] },
        scrape_configs: [{ job_name: "targets", static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }] }],
      }),
      { "rules.yml": { groups: [{ name: "up", rules: [{ alert: "TargetDown", expr: "up == 0", annotations: { summary: "{{ $labels.instance }} is down" } }] }] } }, // prettier-ignore
    );
    const targets: Server[] = [];
    try {
      const told = (): readonly WebhookBody[] =>
        hook.requests
          .map(({ body }) => body as WebhookBody)
          .filter(({ alerts }) => alerts.every(({ labels }) => labels["cluster"] === "here"));
      await until("the webhook is told", 60_000, () => told().length > 0, 100);
      const [first] = told();
      const instances = ports.map((port) => `127.0.0.1:${port}`).toSorted((left, right) => left.localeCompare(right));
      const named = (alerts: WebhookBody["alerts"] = []): readonly string[] =>
        alerts.map(({ labels }) => labels["instance"] ?? "").toSorted((left, right) => left.localeCompare(right));
      expect(named(first?.alerts)).toEqual(instances);
      expect(first).toMatchObject({ status: "firing", alerts: [{ labels: { alertname: "TargetDown", job: "targets", cluster: "here" } }, {}, {}] }); // prettier-ignore
      // Prometheus names itself by the machine's name.
      expect(first?.alerts[0]?.generatorURL).toContain("/graph?g0.expr=up+%3D%3D+0");
      for (const port of ports) {
        const server = createServer((_request, response) => response.end("a_metric 1\n"));
        await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
        targets.push(server);
      }
      const over = (): readonly string[] => named(told().flatMap(({ alerts }) => alerts.filter(({ status }) => status === "resolved")));
      await until("the webhook is told that all are over", 60_000, () => new Set(over()).size === ports.length, 100);
      expect(over()).toEqual(instances);
      expect(hook.requests.flatMap(({ faults }) => faults)).toEqual([]);
    } finally {
      await prometheus.stop();
      for (const server of targets) server.close();
    }
  }, 150_000);
});
