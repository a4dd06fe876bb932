import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Blocks taken on disk by everything below a directory, as `du` counts, in bytes. */
export function directoryBytes(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += lstatSync(join(entry.parentPath, entry.name)).blocks * 512;
  }
  return bytes;
}
