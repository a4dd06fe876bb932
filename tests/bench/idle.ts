import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, cpuSeconds, descendants, residentMB } from "../support/processes.ts";
import { discard, startStack } from "../support/stack.ts";
import { report, round } from "./report.ts";

const SETTLE_MS = 30_000;
const MEASURE_MS = 60_000;

/** What the stack takes when it only watches its host: workerd and the agent, after half a minute of settling. */
export async function idle(): Promise<void> {
  const stack = await startStack();
  try {
    const workerd = stack.workerdPid();
    const agent = descendants(stack.process.pid ?? 0).find((pid) => / agent --spool-dir/.test(commandLine(pid)));
    if (agent === undefined) throw new Error("the agent is not running");
    await sleep(SETTLE_MS);
    const before = { workerd: cpuSeconds(workerd), agent: cpuSeconds(agent) };
    let workerdMB = 0;
    let agentMB = 0;
    for (let elapsed = 0; elapsed < MEASURE_MS; elapsed += 1_000) {
      await sleep(1_000);
      workerdMB = Math.max(workerdMB, residentMB(workerd));
      agentMB = Math.max(agentMB, residentMB(agent));
    }
    const percent = (from: number, to: number) => round(((to - from) / (MEASURE_MS / 1000)) * 100, 2);
    const workerdCpuPercent = percent(before.workerd, cpuSeconds(workerd));
    const agentCpuPercent = percent(before.agent, cpuSeconds(agent));
    report("idle", {
      workerdMB: round(workerdMB),
      agentMB: round(agentMB),
      workerdCpuPercent,
      agentCpuPercent,
      cpuPercent: round(workerdCpuPercent + agentCpuPercent, 2),
      within: workerdMB < 120 && agentMB < 80 && workerdCpuPercent + agentCpuPercent < 2,
    });
  } finally {
    await stack.stop();
    discard(stack);
  }
}
