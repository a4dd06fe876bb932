/** A token bucket (Turner, "New Directions in Communications", 1986): a minute's worth at once, refilled evenly. */
export interface TokenBucket {
  readonly tokens: number;
  /** Ms. */
  readonly refilledAt: number;
}

const MINUTE_MS = 60_000;

export const fullBucket = (perMinute: number, nowMs: number): TokenBucket => ({ tokens: perMinute, refilledAt: nowMs });

/** The bucket as it is now; a limit that was lowered since holds at once, and a clock set back gives nothing. */
export function refill(bucket: TokenBucket, perMinute: number, nowMs: number): TokenBucket {
  const earned = (Math.max(0, nowMs - bucket.refilledAt) * perMinute) / MINUTE_MS;
  return { tokens: Math.min(perMinute, bucket.tokens + earned), refilledAt: nowMs };
}

/** Ms until a whole token is there; 0 when one is. */
export const waitForToken = ({ tokens }: TokenBucket, perMinute: number): number =>
  tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * MINUTE_MS) / perMinute);
