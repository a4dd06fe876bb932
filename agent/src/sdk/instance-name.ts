import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { threadId } from "node:worker_threads";

/** Numbers below are those of containers, which count their processes anew and may share a host's name; on a machine the system itself has them. */
const FIRST_OF_MACHINE = 300;

const ownProcess = process.pid < FIRST_OF_MACHINE ? `${process.pid}-${randomBytes(3).toString("hex")}` : String(process.pid);

const taken = new Set<string>();

/**
 * What tells a running SDK from others of its service, as two that share their series would overwrite each other's counters: host and process, the thread
 * where it is not the main one, and which of several of one thread. `release` gives the name back.
 */
export function takeInstanceName(serviceName: string): { readonly instance: string; readonly release: () => void } {
  const first = [hostname(), ownProcess, ...(threadId === 0 ? [] : [threadId])].join(":");
  for (let number = 1; ; number++) {
    const instance = number === 1 ? first : `${first}#${number}`;
    const key = `${serviceName}@${instance}`;
    if (taken.has(key)) continue;
    taken.add(key);
    return { instance, release: () => taken.delete(key) };
  }
}
