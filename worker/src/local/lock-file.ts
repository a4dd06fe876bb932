import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { holdFile } from "./held-file.ts";
import { makeFolder } from "./make-folder.ts";
import { identityOf, isSameProcess } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

interface LockContent {
  readonly supervisor: ProcessIdentity;
  readonly url: string;
  /** The workerd that writes the directory, once there is one. */
  readonly workerd?: ProcessIdentity;
}

export interface DirectoryLock {
  /** Records the running workerd, so that a later start can end one whose supervisor was killed. */
  noteWorkerd(pid: number): void;
  release(): void;
}

export class DirectoryInUse extends Error {}

function read(path: string): LockContent | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockContent;
  } catch {
    return null;
  }
}

/**
 * One supervisor per data directory: two workerd on one directory corrupt it. A file beside the lock is held, which says whether there is one even
 * where its process cannot be seen, and ends with it. A lock whose owner is gone is taken over, and the workerd it left running, if any, is
 * killed first. Throws DirectoryInUse when the owner is alive.
 */
export function lockDirectory(directory: string, url: string, pid: number): DirectoryLock {
  makeFolder(directory);
  const path = join(directory, "lock");
  const hold = holdFile(join(directory, "in-use"));
  const before = read(path);
  if (hold === null || (before !== null && isSameProcess(before.supervisor))) {
    hold?.release();
    const who = before === null ? "" : ` (process ${before.supervisor.pid}, ${before.url})`;
    throw new DirectoryInUse(`${directory} is in use by another Sightline${who}. Stop it first, or choose another --data-dir.`);
  }
  let content: LockContent = { supervisor: identityOf(pid), url };
  const write = (): void => {
    const draft = `${path}.${pid}`;
    // In one step: a lock that a full disk left empty would be anybody's.
    try {
      writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
  };
  try {
    if (before?.workerd !== undefined && isSameProcess(before.workerd)) process.kill(before.workerd.pid, "SIGKILL");
    write();
  } catch (error) {
    hold.release();
    throw error;
  }
  return {
    noteWorkerd(workerdPid) {
      content = { ...content, workerd: identityOf(workerdPid) };
      write();
    },
    release() {
      rmSync(path, { force: true });
      hold.release();
    },
  };
}
