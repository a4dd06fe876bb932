/**
 * Is the file a metric names the file that is open here? The service may run elsewhere, so paths agree when they end
 * alike, after the person's mappings.
 */

/** Forward slashes, no `file://`, lower-case drive letter, no `./`. */
function normalisePath(path: string): string {
  const plain = path.startsWith("file://") ? decodeUri(path.slice("file://".length)) : path;
  return plain
    .replaceAll("\\", "/")
    .replace(/^\/?([A-Za-z]):/, (_, drive: string) => `${drive.toLowerCase()}:`)
    .replaceAll(/\/(\.\/)+/g, "/")
    .replace(/^\.\//, "");
}

function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Replaces the longest mapped prefix. `${workspaceFolder}` in a target becomes `workspaceFolder`. */
export function mapPath(path: string, mappings: Readonly<Record<string, string>>, workspaceFolder: string): string {
  const normal = normalisePath(path);
  const prefixes = Object.keys(mappings).toSorted((left, right) => right.length - left.length);
  for (const prefix of prefixes) {
    const from = normalisePath(prefix).replace(/\/$/, "");
    if (normal !== from && !normal.startsWith(`${from}/`)) continue;
    const target = normalisePath((mappings[prefix] ?? "").replaceAll("${workspaceFolder}", workspaceFolder)).replace(/\/$/, "");
    return target + normal.slice(from.length);
  }
  return normal;
}

/**
 * How well two paths agree: number of equal segments from the end; Infinity when equal. 0 when they do not: less than
 * two segments in common while both have more, for every project has an `index.ts`.
 */
export function pathAgreement(reported: string, open: string): number {
  const left = normalisePath(reported);
  const right = normalisePath(open);
  if (left === right) return Infinity;
  const leftParts = left.split("/").filter((part) => part !== "");
  const rightParts = right.split("/").filter((part) => part !== "");
  const shorter = Math.min(leftParts.length, rightParts.length);
  let equal = 0;
  while (equal < shorter && leftParts[leftParts.length - 1 - equal] === rightParts[rightParts.length - 1 - equal]) equal += 1;
  return equal >= Math.min(2, shorter) ? equal : 0;
}

/** Of all reported paths, those that mean the open file: the ones that agree best with it. */
export function pathsOfDocument(
  reported: readonly string[],
  open: string,
  mappings: Readonly<Record<string, string>>,
  workspaceFolder: string,
): ReadonlySet<string> {
  let best = 1;
  let chosen = new Set<string>();
  for (const path of reported) {
    const agreement = pathAgreement(mapPath(path, mappings, workspaceFolder), open);
    if (agreement > best) {
      best = agreement;
      chosen = new Set([path]);
    } else if (agreement === best && agreement > 0) {
      chosen.add(path);
    }
  }
  return chosen;
}
