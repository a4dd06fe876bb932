import { mkdtempSync, statSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { descendants, isAlive } from "../support/processes.ts";
import { instant } from "../support/prometheus.ts";
import { discard, freePort, repository, startStack } from "../support/stack.ts";
import type { Stack } from "../support/stack.ts";
import { until } from "../support/until.ts";

describe("npm start", () => {
  let stack: Stack;
  let begun = "";
  let up = "";
  beforeAll(async () => {
    begun = new Date().toISOString();
    stack = await startStack();
    up = new Date().toISOString();
  }, 90_000);
  afterAll(async () => {
    await stack.stop();
    discard(stack);
  });

  it("serves, and says where the dashboard and the token are", async () => {
    const health = await fetch(`${stack.url}/healthz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: "ok" });
    expect(stack.output()).toContain(stack.url);
    expect(stack.output()).toContain("admin-token");
    expect(statSync(join(stack.dataDirectory, "admin-token")).mode & 0o777).toBe(0o600);
  });

  it("tells when it was started, whenever it is asked", async () => {
    const { data } = await stack.json<{ data: Readonly<Record<string, unknown>> }>("/api/v1/status/runtimeinfo");
    const { uptime } = await stack.json<{ uptime: string }>("/api/v2/status");
    expect(data).toMatchObject({ startTime: uptime, lastConfigTime: uptime });
    expect([begun, up, uptime].toSorted()).toEqual([begun, uptime, up]);
  });

  it("has this host's CPU within five seconds", async () => {
    await until("this host's CPU is there", 5_000, async () => (await instant(stack, "system_cpu_utilization_ratio")).length > 0);
    const modes = await instant(stack, "sum by (host_name) (system_cpu_utilization_ratio)");
    expect(Number(modes[0]?.value[1])).toBeCloseTo(1, 1);
  });

  it("refuses a second start on the same directory in words", async () => {
    const second = spawn("npm", ["start", "--silent", "--", "--port", String(await freePort()), "--data-dir", stack.dataDirectory], {
      cwd: repository,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [second.stdout, second.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => second.on("exit", resolve));
    expect(code).not.toBe(0);
    expect(output).toMatch(/in use by another Sightline.*--data-dir/);
  });

  it("ends every process on SIGTERM, and shows the earlier data when started again", async () => {
    const before = Date.now() / 1000;
    await until("there are samples", 5_000, async () => (await instant(stack, "system_cpu_utilization_ratio")).length > 0);
    const samples = await instant(stack, 'count_over_time(system_cpu_utilization_ratio{cpu_mode="idle"}[1h])', before);
    const processes = [stack.process.pid ?? 0, ...descendants(stack.process.pid ?? 0)];
    expect(processes.length).toBeGreaterThanOrEqual(4);
    await stack.stop();
    expect(processes.filter(isAlive)).toEqual([]);

    stack = await startStack({ dataDirectory: stack.dataDirectory });
    const again = await instant(stack, 'count_over_time(system_cpu_utilization_ratio{cpu_mode="idle"}[1h])', before);
    expect(again).toEqual(samples);
    expect(Number(again[0]?.value[1])).toBeGreaterThan(0);
  }, 90_000);

  it("leaves no orphan and starts again when it is killed outright", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sightline-killed-"));
    const killed = await startStack({ dataDirectory: directory, args: ["--no-agent"] });
    const processes = descendants(killed.process.pid ?? 0);
    for (const pid of processes) if (pid !== killed.workerdPid()) process.kill(pid, "SIGKILL");
    await until("every process is gone", 5_000, () => !processes.some(isAlive));
    const next = await startStack({ dataDirectory: directory, args: ["--no-agent"] });
    expect((await next.request("/readyz")).status).toBe(200);
    await next.stop();
    discard(next);
  }, 90_000);
});
