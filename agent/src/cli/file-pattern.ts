/** Files that a pattern names, as Go's filepath.Glob: `*`, `?` and `[…]` within a part of the path. In order; folders that cannot be read match nothing. */
import { existsSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";

/** `pattern` is an absolute path. */
export function filesMatching(pattern: string): readonly string[] {
  let found: readonly string[] = [sep];
  for (const part of pattern.split(sep).filter((each) => each !== "")) {
    found = found.flatMap((folder) => (/[*?[]/.test(part) ? namesIn(folder, part) : [part]).map((name) => join(folder, name)));
  }
  return found.filter((path) => existsSync(path)).toSorted();
}

function namesIn(folder: string, part: string): readonly string[] {
  const source = part
    .replace(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  try {
    const wanted = new RegExp(`^${source}$`);
    return readdirSync(folder).filter((name) => wanted.test(name));
  } catch {
    return [];
  }
}
