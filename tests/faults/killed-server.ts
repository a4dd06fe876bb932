import assert from "node:assert/strict";
import { isAlive } from "../support/processes.ts";
import { discard, startStack } from "../support/stack.ts";
import { until } from "../support/until.ts";
import type { FaultOptions } from "./fault-options.ts";
import { frameWriter, remoteWriter } from "./writers.ts";

const FRAME_WRITERS = 8;
const REMOTE_WRITERS = 2;
const WRITE_EVERY_MS = 25;

/** kill -9 of workerd, again and again, under eight senders of frames and two of remote write that never stop. */
export async function killedServer({ smoke }: FaultOptions): Promise<string> {
  const kills = smoke ? 8 : 50;
  const stack = await startStack({ args: ["--no-agent"] });
  const frames = Array.from({ length: FRAME_WRITERS }, (_, i) => frameWriter(stack, `frames-${i}`, WRITE_EVERY_MS));
  const remote = Array.from({ length: REMOTE_WRITERS }, (_, i) => remoteWriter(stack, `remote-${i}`, WRITE_EVERY_MS));
  const writers = [...frames, ...remote];
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
      const { written } = writers[kill % writers.length] ?? writers[0] ?? { written: null };
      // The next kill comes only once samples of one of the writers flow again, at a moment that differs each time.
      await until(`samples flow again (${kill})`, 30_000, async () => {
        const response = await stack.request(`/api/v1/query?query=${encodeURIComponent(`max(timestamp(${written?.selector ?? ""}))`)}`);
        const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
        return Number(data.result[0]?.value[1] ?? 0) * 1000 >= before + ((kill * 37) % 300);
      });
    }
    await Promise.all(writers.map((writer) => writer.pause()));
    let samples = 0;
    for (const { written } of writers) samples += await written.check(stack, 60_000);
    assert.ok(samples > 0);
    return `${kills} kills under ${FRAME_WRITERS} + ${REMOTE_WRITERS} writers, ${samples} samples, each there once`;
  } finally {
    await Promise.all(writers.map((writer) => writer.close()));
    await stack.stop();
    discard(stack);
  }
}
