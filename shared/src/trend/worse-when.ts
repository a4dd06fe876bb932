/** Words begin where no letter is before them: `unavailable` is no `available`, `freeze` not `free`, `payload` no `load`; but for
 * what is written as one word with what it is of (`iowait`, `workqueue`, `memused`). */
const LOWER_IS_BAD = /(?<![a-z])(?:hit_ratio|success|availab|free(?:able)?(?![a-z])|remaining|idle|throughput|uptime|up(?![a-z])|headroom)/;
const HIGHER_IS_BAD =
  /latenc|error|fail|timeout|_seconds\b|(?<![a-z])(?:duration|unavailab|unsuccess|retr(?:y|ie[ds]|ans)|dropped|rejected|evict|throttl|pending|utilization|used|(?:over)?load(?:avg)?(?![a-z])|restart|saturation|paging)|(?:mem|heap|swap|disk|fs)used|(?<!f)lag(?:s|ging|ged)?(?![a-z])|wait|usage|queue/;

/** Which way is bad for an expression or metric, told by its words; null when they don't tell. */
export function worseWhen(text: string): "higher" | "lower" | null {
  if (LOWER_IS_BAD.test(text)) return "lower";
  return HIGHER_IS_BAD.test(text) ? "higher" : null;
}
