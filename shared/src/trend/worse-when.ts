const HIGHER_IS_BAD =
  /latenc|duration|_seconds\b|error|fail|timeout|retr|dropped|rejected|evict|throttl|queue|pending|lag|wait|utilization|usage|used|load|restart|saturation|paging/;
const LOWER_IS_BAD = /hit_ratio|success|available|availability|free|remaining|idle|throughput|uptime|\bup\b|headroom/;

/** Which way is bad for an expression or metric, told by its words; null when they don't tell. */
export function worseWhen(text: string): "higher" | "lower" | null {
  if (LOWER_IS_BAD.test(text)) return "lower";
  return HIGHER_IS_BAD.test(text) ? "higher" : null;
}
