import { readFileSync, readdirSync } from "node:fs";

/** The text files of /proc and /sys, which the kernel writes as they are read: synchronous reads never wait for a disk. */
export interface HostFiles {
  /** Throws when the file is not there. */
  read(path: string): string;
  /** Names in a directory; empty when it is not there. */
  list(path: string): readonly string[];
}

export const hostFiles: HostFiles = {
  read: (path) => readFileSync(path, "latin1"),
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
};
