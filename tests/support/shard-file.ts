import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The path of the shard's database below a data directory, while nothing has it open. Throws when there is none. */
export function shardFile(dataDirectory: string): string {
  const objects = join(dataDirectory, "objects");
  for (const entry of readdirSync(objects, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".sqlite")) continue;
    const path = join(entry.parentPath, entry.name);
    const database = new DatabaseSync(path);
    const found = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'wal_segments'").get();
    database.close();
    if (found !== undefined) return path;
  }
  throw new Error(`no shard below ${objects}`);
}
