import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { descendants, isAlive } from "./processes.ts";
import { until } from "./until.ts";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A port nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export interface Stack {
  readonly url: string;
  readonly token: string;
  readonly dataDirectory: string;
  readonly process: ChildProcess;
  /** Everything the command printed so far. */
  readonly output: () => string;
  readonly workerdPid: () => number;
  request(path: string, init?: RequestInit): Promise<Response>;
  json<T>(path: string, init?: RequestInit): Promise<T>;
  /** SIGTERM, as a service manager sends it; resolves once the command and every process it started are gone. */
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly args?: readonly string[];
  readonly port?: number;
  readonly dataDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** `npm start` as a user types it, in a process of its own with a home and a data directory of its own. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const port = options.port ?? (await freePort());
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), "sightline-data-"));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn("npm", ["start", "--silent", "--", "--port", String(port), "--data-dir", dataDirectory, ...(options.args ?? [])], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOME: dataDirectory, ...options.environment },
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  let exitCode: number | null = null;
  const ended = new Promise<number>((resolve) =>
    child.on("exit", (code) => {
      running.delete(child);
      exitCode = code ?? 1;
      resolve(exitCode);
    }),
  );
  await until(`the stack on port ${port} is ready`, 60_000, async () => {
    if (exitCode !== null) throw new Error(`npm start ended with ${exitCode}:\n${output}`);
    return output.includes("is ready in");
  });
  const token = readFileSync(join(dataDirectory, "admin-token"), "utf8").trim();
  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) },
    });
  return {
    url,
    token,
    dataDirectory,
    process: child,
    output: () => output,
    workerdPid: () => (JSON.parse(readFileSync(join(dataDirectory, "lock"), "utf8")) as { workerd: { pid: number } }).workerd.pid,
    request,
    async json<T>(path: string, init?: RequestInit) {
      const response = await request(path, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
      return JSON.parse(text) as T;
    },
    async stop() {
      const processes = descendants(child.pid ?? 0);
      child.kill("SIGTERM");
      await ended;
      await until("every process of the stack is gone", 10_000, () => !processes.some(isAlive));
    },
  };
}

export function discard(stack: Stack): void {
  rmSync(stack.dataDirectory, { recursive: true, force: true });
}
