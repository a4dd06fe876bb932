import { readFileSync, readlinkSync } from "node:fs";

/** A process id is reused; together with its start time (clock ticks since boot, Linux) and the namespace that counts it, it names one process. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string | null;
  /** Absent where /proc does not tell. */
  readonly namespace?: string;
}

/** A container has its own numbers. */
function ownNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}

export function identityOf(pid: number): ProcessIdentity {
  const namespace = ownNamespace();
  return { pid, startedAt: processStartedAt(pid), ...(namespace === undefined ? {} : { namespace }) };
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
const processStartedAt = (pid: number): string | null => statFields(pid)?.[19] ?? null;

/** False of one in another namespace, which cannot be seen. A process that has ended but was not yet waited for is not the one that was meant. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (identity.namespace !== undefined && identity.namespace !== ownNamespace()) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const fields = statFields(identity.pid);
  if (fields?.[0] === "Z") return false;
  return identity.startedAt === null || fields?.[19] === identity.startedAt;
}
