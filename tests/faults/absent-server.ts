import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, descendants } from "../support/processes.ts";
import { raw } from "../support/prometheus.ts";
import { discard, freePort, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";

const SELECTOR = 'system_cpu_utilization_ratio{cpu_mode="idle"}';

/**
 * The real agent, its server stopped for a minute (suspended, so that neither side closes the connection): it spools,
 * replays once, and the chart has no hole and no double.
 */
export async function absentServer({ smoke }: FaultOptions): Promise<string> {
  const awayMs = smoke ? 60_000 : 300_000;
  const stack = await startStack({ port: await freePort() });
  try {
    await until("the agent reports", 10_000, async () => (await raw(stack, `${SELECTOR}[5m]`)).length > 0);
    assert.ok(descendants(stack.process.pid ?? 0).some((pid) => / agent --spool-dir/.test(commandLine(pid))));
    const goneAt = Date.now();
    process.kill(stack.workerdPid(), "SIGSTOP");
    await sleep(awayMs);
    process.kill(stack.workerdPid(), "SIGKILL");
    const backAt = Date.now();
    await until("the server is back", 20_000, async () => (await stack.request("/readyz").catch(() => null))?.ok === true);
    const newest = async () => ((await raw(stack, `${SELECTOR}[15m]`))[0]?.values.at(-1)?.[0] ?? 0) * 1000;
    await until("the agent has caught up", 60_000, async () => (await newest()) > backAt + 3_000);
    const times = ((await raw(stack, `${SELECTOR}[15m]`))[0]?.values ?? []).map(([t]) => t * 1000);
    const away = times.filter((t) => t >= goneAt && t <= backAt);
    const gaps = times.slice(1).map((t, i) => t - (times[i] ?? t));
    assert.ok(Math.max(...gaps) < 2_500, `a hole of ${Math.max(...gaps)} ms`);
    assert.ok(Math.min(...gaps) > 0, "a sample is there twice");
    assert.ok(away.length >= awayMs / 1000 - 3, `${away.length} samples of the ${awayMs / 1000} s away`);
    return `${awayMs / 1000} s away, ${away.length} samples replayed, largest gap ${Math.max(...gaps)} ms`;
  } finally {
    await stack.stop();
    discard(stack);
  }
}
