import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "./stack.ts";

const TOOL = join(repository, "../shared/tools/remote-write-load.mjs");

/** What the generator prints when it is done. */
export interface LoadResult {
  readonly samples: number;
  readonly seconds: number;
  readonly samplesPerSec: number;
  readonly samplesPerCpuSec: number | null;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly peakRssMB: number;
  readonly retries: number;
  readonly errors: Readonly<Record<string, string>>;
  readonly startMs: number;
  readonly endMs: number;
}

/** Why the reference load cannot run here; null when it can. */
export const loadToolAbsent = (): string | null =>
  existsSync(TOOL) ? null : "../shared/tools/remote-write-load.mjs is not beside the project";

/** Runs the reference load generator in a process of its own; its one package is found in ours. */
export async function runLoadTool(options: Readonly<Record<string, string | number | true>>): Promise<LoadResult> {
  const directory = mkdtempSync(join(tmpdir(), "sightline-load-"));
  try {
    const program = join(directory, "remote-write-load.mjs");
    copyFileSync(TOOL, program);
    symlinkSync(join(repository, "node_modules"), join(directory, "node_modules"));
    const args = Object.entries(options).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code !== 0) throw new Error(`the load generator ended with ${code}: ${complaint}`);
    return JSON.parse(out) as LoadResult;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
