import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Log } from "./log.ts";

const WORTH_IT = 0.3;
const MIN_PAGES = 256;
/** What one start rewrites at most, bytes: a start must not wait for minutes. What is left has its turn at the next. */
const MOST_REWRITTEN = 4_000_000_000;

/**
 * SQLite reuses freed pages but never gives them back, and VACUUM is refused inside a Durable Object: it is done here,
 * before workerd opens the files. A file that cannot be vacuumed is left as it is and named.
 */
export function reclaimFreePages(objects: string, log: Log): void {
  let rewritten = 0;
  for (const entry of readdirSync(objects, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".sqlite")) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      const database = new DatabaseSync(path);
      try {
        const pages = pragma(database, "page_count");
        const free = pragma(database, "freelist_count");
        if (pages < MIN_PAGES || free / pages <= WORTH_IT) continue;
        const used = (pages - free) * pragma(database, "page_size");
        // One file has its turn however large it is, or the largest would never have it.
        if (rewritten > 0 && rewritten + used > MOST_REWRITTEN) {
          log.write("info", "left unused disk space for another start", { file: entry.name, pages: free });
          continue;
        }
        rewritten += used;
        database.exec("VACUUM");
        log.write("info", "gave unused disk space back", { file: entry.name, pages: free });
      } finally {
        database.close();
      }
    } catch (error) {
      log.write("warn", "could not look for unused disk space", { file: entry.name, reason: (error as Error).message });
    }
  }
}

function pragma(database: DatabaseSync, name: "page_count" | "freelist_count" | "page_size"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
