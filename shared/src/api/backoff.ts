/**
 * Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): the delay in ms before
 * attempt `attempt` (0 is the first retry), uniform in [base/2, min(cap, base·2^attempt)].
 * `random` is in [0, 1).
 */
export function backoffDelay(attempt: number, random: number, baseMs = 500, capMs = 15_000): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  const floor = Math.min(baseMs / 2, ceiling);
  return Math.round(floor + random * (ceiling - floor));
}
