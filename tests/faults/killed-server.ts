import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIngestPipeline } from "../../agent/src/transport/ingest-pipeline.ts";
import { isAlive } from "../support/processes.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";
import { WrittenSamples } from "./written-samples.ts";

const WRITE_EVERY_MS = 10;

/** kill -9 of workerd, again and again, under a sender that never stops writing. */
export async function killedServer({ smoke }: FaultOptions): Promise<string> {
  const kills = smoke ? 20 : 50;
  const stack = await startStack({ args: ["--no-agent"] });
  const spoolDir = mkdtempSync(join(tmpdir(), "sightline-spool-"));
  const pipeline = createIngestPipeline({ url: stack.url, token: stack.token, spoolDir, sender: "fault-writer", resource: {} });
  const written = new WrittenSamples();
  const writer = setInterval(() => pipeline.push(written.batch(Date.now())), WRITE_EVERY_MS);
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const pid = stack.workerdPid();
      process.kill(pid, "SIGKILL");
      await until(`workerd is gone (${kill})`, 5_000, () => !isAlive(pid));
      await until(
        `workerd is back (${kill})`,
        20_000,
        async () => stack.workerdPid() !== pid && (await stack.request("/readyz").catch(() => null))?.ok === true,
      );
      const before = Date.now();
      // The next kill comes only once samples flow again, at a moment that differs each time.
      await until(`samples flow again (${kill})`, 30_000, async () => {
        const response = await stack.request(`/api/v1/query?query=${encodeURIComponent('timestamp(fault_written{series="0"})')}`);
        const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
        return Number(data.result[0]?.value[1] ?? 0) * 1000 >= before + ((kill * 37) % 300);
      });
    }
    clearInterval(writer);
    const samples = await written.check(stack, 60_000);
    assert.ok(samples > 0);
    return `${kills} kills, ${samples} samples, each there once`;
  } finally {
    clearInterval(writer);
    await pipeline.close();
    await stack.stop();
    discard(stack);
    rmSync(spoolDir, { recursive: true, force: true });
  }
}
