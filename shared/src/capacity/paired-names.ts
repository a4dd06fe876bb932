import type { ResourceKind } from "../model/capacity.ts";
import type { Labels } from "../model/labels.ts";

/** Names of limits that no rule knows, for a selector. Of a `disk_quota_limit` the limit is that of a `disk_quota`. */
export const LIMIT_NAMES =
  "(.+)_(limit|max|maximum|capacity|quota|budget)(_(bytes|ratio|connections|total|seconds|requests|dollars|euros|usd|eur))?";
const LIMIT_NAME = new RegExp(`^${LIMIT_NAMES}$`);
/** What is left has a least and no limit. */
const LEFT = /(^|_)(available|avail|free|remaining|left|idle)$/;
/** V8 calls the present size of a space its limit. */
const NO_LIMITS = /^v8js_memory_heap_limit/;
const USED_WORDS = ["used", "usage", "in_use", "active", "busy", "acquired", "open", "spent", "connected"];
/** What there is may be all there can be: a pool of fixed size is at its limit, however little of it is used. */
const THERE_WORDS = ["count", "current", "size", "allocated"];
/** What has a limit that nobody buys. */
const LIMITED = /virtual_memory|threads|workers|slots|seats/;
/** What is measured, of whatever it is. */
const MEASURED = /(latency|duration|time|wait|depth|cost|fragmentation|age|seconds|ms)$/;
/** Beside a largest of these, `_max` is one as well. */
const STATISTICS = ["mean", "avg", "stdev", "stddev"];
/** Beyond so many times its limit from first to last is what something else bounds. */
const BEYOND = 2;

/**
 * `pool_connections_limit` bounds `pool_connections_used`, `pool_connections` and the like: names that may say what is used, the surest first. By the
 * name itself a `_max` is the highest that something was, unless it is of what has a limit.
 */
export function usedNamesOf(limitName: string): readonly string[] {
  const match = LIMIT_NAME.exec(limitName);
  if (match === null || NO_LIMITS.test(limitName)) return [];
  const [, base = "", word = "", unit = ""] = match;
  if (LEFT.test(base)) return [];
  const isSure = !word.startsWith("max") || (!MEASURED.test(base) && (kindOfName(base) !== "quota" || LIMITED.test(base)));
  const words = isSure ? [...USED_WORDS, ...THERE_WORDS] : USED_WORDS;
  return [...new Set([...words.map((one) => `${base}_${one}${unit}`), ...(isSure ? [`${base}${unit}`] : [])])];
}

/** Names that tell that a limit is a statistic of samples. */
export function statisticsBeside(limitName: string): readonly string[] {
  const match = LIMIT_NAME.exec(limitName);
  if (match === null || match[2] !== "max") return [];
  return STATISTICS.map((one) => `${match[1] ?? ""}_${one}${match[3] ?? ""}`);
}

/** Whether a series may be what is used of a limit that its name alone tells of: not what is far beyond it from first to last, nor what never moves from it, as all there is does. */
export function mayBeUseOf(usedName: string, values: ArrayLike<number>, limit: number): boolean {
  const known = Array.from(values).filter(Number.isFinite);
  if (known.every((value) => value > BEYOND * limit)) return false;
  // Nobody opens files to have them.
  const saysUsed = USED_WORDS.some((word) => `${usedName}_`.includes(`_${word}_`)) || kindOfName(usedName) === "file descriptors";
  return saysUsed || !known.every((value) => value === limit);
}

/** Spaces in which what is new is made, and from which what is left of it is moved: they go round between nothing and all of it. */
export const isNursery = (labels: Labels): boolean => Object.values(labels).some((value) => /\b(eden|survivor|nursery)\b/i.test(value));

/** What a resource that is known by its name alone is called. */
export function kindOfName(name: string): ResourceKind {
  if (/budget|spend|cost/.test(name)) return "budget";
  if (/connection|clients|session/.test(name)) return "connections";
  if (/_fds?_|file_?descriptor|filehandle/.test(name)) return "file descriptors";
  // Addresses are not bought.
  if (/virtual_memory/.test(name)) return "quota";
  if (/memory|heap/.test(name)) return "memory";
  return /disk|filesystem|storage|volume/.test(name) ? "disk" : "quota";
}
