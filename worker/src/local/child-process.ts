import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Log } from "./log.ts";

export interface SupervisedOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Read from fd 3, a line each: workerd's `--control-fd`. */
  readonly onControl?: (line: string) => void;
  readonly onStarted?: (pid: number) => void;
  readonly log: Log;
}

export interface Supervised {
  readonly pid: () => number | null;
  /** Kills it: what it had to keep is on the disk. It is started again as after any other end. */
  restart(): void;
  /** SIGTERM, then SIGKILL after the grace; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

const SETPRIV = "/usr/bin/setpriv";
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;
const STEADY_MS = 10_000;

/** Keeps one child running until stopped: restarts it when it ends, waiting longer each time it ends soon. */
export function supervise(options: SupervisedOptions): Supervised {
  let child: ChildProcess | null = null;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let backoffMs = FIRST_BACKOFF_MS;
  const gone: (() => void)[] = [];

  function start(): void {
    // Where Linux offers it, the kernel ends the child if this process is killed, so that none is left behind.
    const wrapped = existsSync(SETPRIV)
      ? ([SETPRIV, ["--pdeathsig", "KILL", options.command, ...options.args]] as const)
      : ([options.command, options.args] as const);
    const startedAt = performance.now();
    const started = spawn(wrapped[0], [...wrapped[1]], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...process.env, ...options.environment },
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      eachLine(stream, (line) => options.log.write("info", line, { from: options.name }));
    }
    const control = started.stdio[3];
    if (control !== null && control !== undefined && "setEncoding" in control) eachLine(control, (line) => options.onControl?.(line));
    if (started.pid !== undefined) options.onStarted?.(started.pid);
    const ended = (what: string): void => {
      if (child !== started) return;
      child = null;
      for (const resolve of gone.splice(0)) resolve();
      if (stopping) return;
      backoffMs = performance.now() - startedAt > STEADY_MS ? FIRST_BACKOFF_MS : Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      options.log.write("error", `${options.name} ${what}; starting it again`, { inMs: backoffMs });
      timer = setTimeout(start, backoffMs);
    };
    started.on("exit", (code, signal) => ended(signal === null ? `ended with code ${code ?? "?"}` : `was killed by ${signal}`));
    started.on("error", (error) => ended(`could not be started (${error.message})`));
  }

  start();
  return {
    pid: () => child?.pid ?? null,
    restart: () => void child?.kill("SIGKILL"),
    async stop(graceMs) {
      stopping = true;
      clearTimeout(timer);
      const running = child;
      if (running === null) return;
      const ended = new Promise<void>((resolve) => gone.push(resolve));
      running.kill("SIGTERM");
      const killer = setTimeout(() => running.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(killer);
    },
  };
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  if (stream === null) return;
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") take(line);
  });
}
