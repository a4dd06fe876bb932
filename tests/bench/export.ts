import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { residentMB } from "../support/processes.ts";
import { type Stack, discard, repository, startStack } from "../support/stack.ts";
import { report, round } from "./report.ts";

const SERIES = 1000;
const SAMPLES = 1000;
const STEP_MS = 10_000;
const ALL = encodeURIComponent('{__name__="load"}');

/** A million samples as JSON lines, values as a host has them: a walk of two decimals. */
async function dump(path: string): Promise<void> {
  const file = createWriteStream(path);
  const end = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  for (let s = 0; s < SERIES; s++) {
    const timestamps = Array.from({ length: SAMPLES }, (_, i) => end - (SAMPLES - i) * STEP_MS);
    const values = timestamps.map((_, i) => round(50 + 40 * Math.sin(i / 50 + s) + ((i * 7919 * (s + 1)) % 100) / 50, 2));
    const metric = { __name__: "load", host: `host-${s % 50}`, core: String(Math.floor(s / 50)) };
    file.write(`${JSON.stringify({ metric, timestamps, values })}\n`);
  }
  file.end();
  await finished(file);
}

async function imported(stack: Stack, path: string): Promise<number> {
  const started = performance.now();
  const command = [join(repository, "dist/agent/sightline.mjs"), "import", path, "--url", stack.url, "--token", stack.token];
  const code = await new Promise<number | null>((resolve) => spawn(process.execPath, command, { stdio: "ignore" }).on("exit", resolve));
  if (code !== 0) throw new Error(`sightline import ended with ${code}`);
  return performance.now() - started;
}

/** Bytes and ms of one export, and the most memory workerd had in the meantime. */
async function exported(stack: Stack, format: string, gzip: boolean): Promise<{ bytes: number; ms: number; peakMB: number }> {
  const started = performance.now();
  const headers = { "accept-encoding": gzip ? "gzip" : "identity" };
  const response = await stack.request(`/v1/export?format=${format}&match[]=${ALL}`, { headers });
  if (!response.ok || response.body === null) throw new Error(await response.text());
  let bytes = 0;
  let peakMB = 0;
  for await (const piece of response.body) {
    bytes += (piece as Uint8Array).length;
    peakMB = Math.max(peakMB, residentMB(stack.workerdPid()));
  }
  return { bytes, ms: performance.now() - started, peakMB };
}

/** Moving house: a million samples in through `sightline import`, and out again in every format of `/v1/export`. */
export async function exportAndImport(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "sightline-bench-"));
  const stack = await startStack({ args: ["--no-agent", "--store-only"] });
  try {
    const path = join(directory, "dump.jsonl");
    await dump(path);
    const ms = await imported(stack, path);
    const samples = SERIES * SAMPLES;
    report("import", {
      samples,
      samplesPerSecond: round(samples / (ms / 1000), 0),
      MBPerSecond: round(statSync(path).size / 1e6 / (ms / 1000)),
    });
    const before = residentMB(stack.workerdPid());
    for (const [format, gzip] of [
      ["json", false],
      ["json", true],
      ["prometheus", false],
      ["csv", false],
      ["influx", false],
    ] as const) {
      const { bytes, ms, peakMB } = await exported(stack, format, gzip);
      report("export", {
        format,
        gzip,
        samples,
        MB: round(bytes / 1e6),
        MBPerSecond: round(bytes / 1e6 / (ms / 1000)),
        samplesPerSecond: round(samples / (ms / 1000), 0),
        workerdBeforeMB: round(before),
        workerdPeakMB: round(peakMB),
      });
    }
  } finally {
    await stack.stop();
    discard(stack);
    rmSync(directory, { recursive: true, force: true });
  }
}
