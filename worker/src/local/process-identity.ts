import { readFileSync } from "node:fs";

/** A process id is reused; together with its start time (clock ticks since boot, Linux) it names one process. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string | null;
}

/** Null where /proc does not tell. */
export function processStartedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and parentheses; field 22 counts from after the last ")".
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

export function isSameProcess(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return identity.startedAt === null || processStartedAt(identity.pid) === identity.startedAt;
}
