import type { ResourceKind } from "../model/capacity.ts";
import type { Labels } from "../model/labels.ts";

/** What there are so many of, as names end by it. */
const THINGS = "connections|sessions|clients|threads|workers|slots|seats|fds|files";
/** Names of limits that no rule knows, for a selector. Of a `disk_quota_limit` the limit is that of a `disk_quota`. */
export const LIMIT_NAMES = `(.+)_(limit|max|maximum|capacity|quota|budget)(_(bytes|ratio|total|seconds|requests|dollars|euros|usd|eur|${THINGS}))?`;
const LIMIT_NAME = new RegExp(`^${LIMIT_NAMES}$`);
/** What stands at a height is not used up: nobody can ask for more degrees. */
const HEIGHTS = /(^|_)(temperature|temp|celsius|price|speed|voltage|pressure|humidity|battery)(_|$)/;
/** What is left has a least and no limit. */
const LEFT = /(^|_)(available|avail|free|remaining|left|idle)$/;
/**
 * V8 calls the present size of a space its limit, EMQX the most since its start a maximum; and beyond HAProxy's limit of a backend (`fullconn`) its servers
 * take as many as they may.
 */
const NO_LIMITS = /^v8js_memory_heap_limit|^emqx_.+_max$|^(haproxy|octavia)_(backend|pool)_limit_sessions$/;
const USED_WORDS = ["used", "usage", "in_use", "active", "busy", "acquired", "open", "spent", "connected"];
/** What there is may be all there can be: a pool of fixed size is at its limit, however little of it is used. */
const THERE_WORDS = ["count", "current", "size", "allocated"];
/** What has a limit that nobody buys. */
const LIMITED = /virtual_memory|threads|workers|slots|seats|(^|_)pids$/;
const OF_THINGS = new RegExp(`^_(${THINGS})$`);
/** HAProxy and Tomcat tell the most sessions that there were; and of logs as many files are kept as there may be. */
const UNSURE_THINGS = /^_(sessions|files)$/;
/** What is measured, of whatever it is. */
const MEASURED = /(latency|duration|time|wait|depth|cost|fragmentation|age|seconds|ms)$/;
/** Beside a largest of these, `_max` is one as well. */
const STATISTICS = ["mean", "avg", "stdev", "stddev"];
/** Beyond so many times its limit from first to last is what something else bounds. */
const BEYOND = 2;

/**
 * `pool_connections_limit` bounds `pool_connections_used`, `pool_connections` and the like, `pool_max_connections` `pool_current_connections`: names that may say what is used, the surest first. By the
 * name itself a `_max` is the highest that something was, unless it is of what has a limit.
 */
export function usedNamesOf(limitName: string): readonly string[] {
  const match = LIMIT_NAME.exec(limitName);
  if (match === null || NO_LIMITS.test(limitName)) return [];
  const [, whole = "", word = "", unit = ""] = match;
  if (LEFT.test(whole) || HEIGHTS.test(whole)) return [];
  const base = whole.replace(/_config$/, "");
  const isSure = !word.startsWith("max") || base !== whole || (!MEASURED.test(base) && maximumBounds(base, unit));
  const words = isSure ? [...USED_WORDS, ...THERE_WORDS] : USED_WORDS;
  return [...new Set([...words.map((one) => `${base}_${one}${unit}`), ...(isSure ? [`${base}${unit}`] : [])])];
}

/** What a limit is of: `licence_seats` of `licence_seats_limit`, `pool_threads` of `pool_max_threads`; without the word of its kind, which stands beside it. */
export function thingOf(limitName: string): string {
  const [, whole = limitName, , unit = ""] = LIMIT_NAME.exec(limitName) ?? [];
  const base = whole.replace(/_config$/, "");
  const thing = OF_THINGS.test(unit) && !base.endsWith(unit) ? `${base}${unit}` : base;
  const kind = kindOfName(limitName);
  return thing === kind ? "" : thing.replace(new RegExp(`_${kind}$`), "");
}

/** `pool_max_threads` and `pool_threads_max` are as many as there may be; `pool_threads_max_threads` is the threads' largest, by Micrometer's rule. */
const maximumBounds = (base: string, unit: string): boolean =>
  OF_THINGS.test(unit) ? !UNSURE_THINGS.test(unit) && !base.endsWith(unit) : kindOfName(base) !== "quota" || LIMITED.test(base);

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
  if (/_fds?(_|$)|file_?descriptor|filehandle|(max|limit|open)_files$/.test(name)) return "file descriptors";
  // Addresses are not bought.
  if (/virtual_memory/.test(name)) return "quota";
  if (/memory|heap/.test(name)) return "memory";
  return /disk|filesystem|storage|volume/.test(name) ? "disk" : "quota";
}
