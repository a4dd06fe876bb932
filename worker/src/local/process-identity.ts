import { readFileSync } from "node:fs";

/** A process id is reused; together with its start time (clock ticks since boot, Linux) it names one process. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string | null;
}

/** Fields of /proc/PID/stat from the state on; null where /proc does not tell. */
function statFields(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and parentheses; the state comes after the last ")".
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

/** Null where /proc does not tell. */
export const processStartedAt = (pid: number): string | null => statFields(pid)?.[19] ?? null;

/** A process that has ended but was not yet waited for is not the one that was meant. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const fields = statFields(identity.pid);
  if (fields?.[0] === "Z") return false;
  return identity.startedAt === null || fields?.[19] === identity.startedAt;
}
