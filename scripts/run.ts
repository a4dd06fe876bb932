import { spawn } from "node:child_process";
import { root } from "./artifacts.ts";

/** Runs a command at the repository's root with this terminal; resolves with its exit code. */
export function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd: root, stdio: "inherit", env: { ...process.env, ...environment } });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Hands this process over to a program of the repository, with the arguments given to the task. */
export async function handOver(program: string, args: readonly string[] = process.argv.slice(2)): Promise<never> {
  process.exit(await run(process.execPath, [program, ...args]));
}
