/** The server under test, real (`npm start`) or fake, and the few calls that the run makes as a script would. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Alert } from "@sightline/shared/model/alert";
import { start, until } from "./children.ts";
import { startFakeServer } from "./fake-server.ts";

export interface ServerUnderTest {
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export async function startRealServer(root: string, home: string, log: string): Promise<ServerUnderTest> {
  const port = await freePort();
  const dataDirectory = join(home, "data");
  const child = start("npm", ["start", "--", "--port", String(port), "--data-dir", dataDirectory, "--demo"], {
    cwd: root,
    env: { ...process.env, HOME: home },
    log,
  });
  const url = `http://127.0.0.1:${port}`;
  await until(
    `the stack at ${url} (its output is in ${log})`,
    async () => {
      if (child.process.exitCode !== null)
        throw new Error(`npm start ended with ${child.process.exitCode}:\n${readFileSync(log, "utf8").slice(-1500)}`);
      const answer = await fetch(`${url}/healthz`).catch(() => null);
      return answer?.ok === true ? true : null;
    },
    180_000,
  );
  return { url, token: readFileSync(join(dataDirectory, "admin-token"), "utf8").trim(), stop: () => child.stop() };
}

/** Announces itself as a local server does, so that signing in takes the same click. */
export async function startFake(home: string): Promise<ServerUnderTest> {
  const fake = await startFakeServer();
  const note = join(home, ".sightline", "local.json");
  mkdirSync(join(home, ".sightline"), { recursive: true });
  const tokenFile = join(home, ".sightline", "fake-token");
  writeFileSync(tokenFile, `${fake.token}\n`, { mode: 0o600 });
  writeFileSync(note, JSON.stringify({ url: fake.url, tokenFile, pid: process.pid }), { mode: 0o600 });
  return {
    url: fake.url,
    token: fake.token,
    stop: async () => {
      rmSync(note, { force: true });
      await fake.close();
    },
  };
}

export class Script {
  readonly #server: ServerUnderTest;

  constructor(server: ServerUnderTest) {
    this.#server = server;
  }

  async call(method: string, path: string, body?: string, type = "application/json"): Promise<unknown> {
    const response = await fetch(this.#server.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#server.token}`, "content-type": type },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return text === "" ? null : JSON.parse(text);
  }

  /** Answered once the sample is durable. */
  async push(name: string, labels: Readonly<Record<string, string>>, value: number): Promise<void> {
    await this.call("POST", "/api/v1/ingest", JSON.stringify({ metrics: [{ name, type: "gauge", labels, value }] }));
  }

  /** An hour of a host's CPU, a point every 10 s, for what needs history: forecasts and expected ranges. */
  async pushHistory(host: string): Promise<void> {
    const end = Date.now() - 1_000;
    const points = Array.from({ length: 360 }, (_, index) => end - (359 - index) * 10_000);
    const metrics = points.map((timestamp) => ({
      name: "system_cpu_utilization_ratio",
      type: "gauge",
      labels: { cpu_mode: "idle", host_name: host },
      value: 0.6 + 0.15 * Math.sin(timestamp / 300_000) + 0.02 * Math.sin(timestamp / 17_000),
      timestamp,
    }));
    await this.call("POST", "/api/v1/ingest", JSON.stringify({ metrics }));
  }

  async alert(wanted: (alert: Alert) => boolean): Promise<Alert | null> {
    const { alerts } = (await this.call("GET", "/v1/alerts")) as { alerts: readonly Alert[] };
    return alerts.find(wanted) ?? null;
  }

  /** Short rules for the run, next to the default ones. */
  async putTestRules(): Promise<void> {
    const rules = `groups:
  - name: e2e
    interval: 1s
    rules:
      - alert: E2eBreach
        expr: e2e_breach > 90
        for: 0s
        labels: { severity: critical }
        annotations: { summary: "The pushed sample is above 90" }
      - alert: E2eCpuBusy
        expr: (1 - system_cpu_utilization_ratio{cpu_mode="idle"}) > 0.75
        for: 2s
        labels: { severity: error }
        annotations: { summary: "This host is busy" }
`;
    await this.call("PUT", "/v1/rules", rules, "application/yaml");
  }
}
