import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A folder with those above it, for this user alone; one that is there is left as it is. Throws what the system says. Node's
 * own recursion never ends where one cannot be made below a folder that is there, as in /proc, for it is told ENOENT each time.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
