/** Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015), never less than half the step. */
export function backoffMs(attempts: number, random: number): number {
  const step = Math.min(300_000, 1000 * 2 ** Math.min(attempts, 20));
  return Math.round(step / 2 + (step / 2) * random);
}
