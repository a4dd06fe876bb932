import { linkSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";

/** Machines that do not tell when a process began tell how long they are up; clocks are set by less. */
const SAME_BOOT_S = 60;

interface Holder {
  readonly pid: number;
  /** Clock ticks since boot, by which a number that is used again is known; null where /proc does not tell. */
  readonly startedAt: string | null;
  /** Of the process numbers: a container has its own. Empty where /proc does not tell. */
  readonly namespace: string;
  /** Of the machine, seconds since the epoch. */
  readonly bootedAt: number;
}

export class SpoolInUse extends Error {}

/**
 * One process per spool: two would take each other's sender id and numbers, and the server one's frames for repetitions of the other's.
 * Throws SpoolInUse while the process that holds it lives; a hold that a killed one left is taken over. A process of another container cannot be
 * seen. On a disk that takes no file nothing is held: nothing is spooled there either.
 */
export function holdDirectory(directory: string): { release(): void } {
  const path = join(directory, "in-use");
  const draft = `${path}.new.${process.pid}`;
  const own = JSON.stringify(identityOf(process.pid));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(draft, own, { mode: 0o600 });
    while (!isMade(draft, path)) {
      refuseLiving(directory, path);
      takeAway(directory, path);
    }
  } catch (error) {
    if (error instanceof SpoolInUse) throw error;
    return { release: () => undefined };
  } finally {
    remove(draft);
  }
  return { release: () => (says(path, own) ? remove(path) : undefined) };
}

/** False of one that a process of another container has taken over. */
function says(path: string, own: string): boolean {
  try {
    return readFileSync(path, "utf8") === own;
  } catch {
    return false;
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is not there, or on a disk that takes no changes.
  }
}

/** In one step, with what it says: false where there is one. */
function isMade(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function refuseLiving(directory: string, path: string): void {
  const holder = read(path);
  if (holder !== null && lives(holder))
    throw new SpoolInUse(`the spool directory ${directory} is in use by process ${holder.pid}: stop that one, or give each its own`);
}

/** Whoever moves it is alone with it: one that another process has made in its place meanwhile is put back. */
function takeAway(directory: string, path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    // Another one was faster.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    refuseLiving(directory, aside);
  } catch (error) {
    isMade(aside, path);
    throw error;
  } finally {
    remove(aside);
  }
}

function read(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return null;
  }
}

const identityOf = (pid: number): Holder => ({
  pid,
  startedAt: startedAt(pid),
  namespace: ownNamespace(),
  bootedAt: Math.round(Date.now() / 1000 - uptime()),
});

function ownNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Null where /proc does not tell, and of a process that has ended but was not yet waited for, as in containers whose first process waits for none. */
function startedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name may hold spaces and parentheses; the state comes after the last ")".
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function lives(holder: Holder): boolean {
  const now = identityOf(holder.pid);
  if (holder.namespace !== now.namespace || holder.startedAt !== now.startedAt) return false;
  if (now.startedAt === null && Math.abs(holder.bootedAt - now.bootedAt) > SAME_BOOT_S) return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
