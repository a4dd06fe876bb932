/** Processes of the run: each in its own group, output to a file, all ended at the end however it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

const running = new Set<ChildProcess>();

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when it has exited; SIGKILL after `patienceMs`. */
  stop(patienceMs?: number): Promise<void>;
}

export function start(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly log: string },
): Child {
  const log = openSync(options.log, "a");
  const child = spawn(command, [...args], { cwd: options.cwd, env: options.env, stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  running.add(child);
  const exited = new Promise<void>((resolve) => {
    const gone = (): void => {
      running.delete(child);
      resolve();
    };
    child.once("exit", gone);
    child.once("error", gone);
  });
  return {
    process: child,
    stop: async (patienceMs = 10_000) => {
      signal(child, "SIGTERM");
      const timer = setTimeout(() => signal(child, "SIGKILL"), patienceMs);
      await exited;
      clearTimeout(timer);
      // The group may outlive its leader.
      signal(child, "SIGKILL");
    },
  };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // Gone already.
  }
}

export function killAll(): void {
  for (const child of running) signal(child, "SIGKILL");
}

/** Asks until the answer is not null; throws with `what` after `timeoutMs`. */
export async function until<T>(what: string, ask: () => Promise<T | null> | T | null, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`timed out after ${timeoutMs / 1000} s waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
