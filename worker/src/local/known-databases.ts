import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Beside the folder of the objects: which database files there were at the last start or end, that had something in them. */
const FILE = "databases.json";

/** Paths of files that were there and are not, or are empty. */
export function missingDatabases(objects: string): string[] {
  try {
    const known: unknown = JSON.parse(readFileSync(join(objects, "..", FILE), "utf8"));
    if (!Array.isArray(known)) return [];
    const paths = known.filter((name) => typeof name === "string").map((name) => join(objects, name));
    return paths.filter((path) => !existsSync(path) || statSync(path).size === 0);
  } catch {
    return [];
  }
}

/** Written in one step; a start that is killed before it leaves the list before. */
export function rememberDatabases(objects: string, paths: Iterable<string>): void {
  const known = [...paths].filter((path) => existsSync(path) && statSync(path).size > 0).map((path) => relative(objects, path));
  const file = join(objects, "..", FILE);
  writeFileSync(`${file}.new`, JSON.stringify(known.sort()), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
