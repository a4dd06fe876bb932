import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { processStartedAt, isSameProcess } from "./process-identity.ts";
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
 * One supervisor per data directory: two workerd on one directory corrupt it. A lock whose owner is gone is taken over,
 * and the workerd it left running, if any, is killed first. Throws DirectoryInUse when the owner is alive.
 */
export function lockDirectory(directory: string, url: string, pid: number): DirectoryLock {
  makeFolder(directory);
  const path = join(directory, "lock");
  let content: LockContent = { supervisor: { pid, startedAt: processStartedAt(pid) }, url };
  const draft = `${path}.${pid}`;
  try {
    writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        linkSync(draft, path);
        return {
          noteWorkerd(workerdPid) {
            content = { ...content, workerd: { pid: workerdPid, startedAt: processStartedAt(workerdPid) } };
            // In one step: a lock that a full disk left empty would be anybody's.
            try {
              writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
              renameSync(draft, path);
            } finally {
              rmSync(draft, { force: true });
            }
          },
          release: () => rmSync(path, { force: true }),
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const held = read(path);
      if (held !== null && isSameProcess(held.supervisor)) {
        throw new DirectoryInUse(
          `${directory} is in use by another Sightline (process ${held.supervisor.pid}, ${held.url}). Stop it first, or choose another --data-dir.`,
        );
      }
      if (held?.workerd !== undefined && isSameProcess(held.workerd)) process.kill(held.workerd.pid, "SIGKILL");
      rmSync(path, { force: true });
    }
    throw new DirectoryInUse(`${directory} is being taken by another start right now. Try again.`);
  } finally {
    rmSync(draft, { force: true });
  }
}
