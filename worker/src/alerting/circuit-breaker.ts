/** Circuit breaker (Nygard, "Release It!", 2007) over one channel: after failures in a row only a probe now and then. */
import { backoffMs } from "./backoff.ts";

/** Failures in a row that open the circuit. */
export const OPENS_AFTER = 5;

export type Circuit = "closed" | "open" | "half_open";

export interface FailureCount {
  /** In a row, 0 after a success. */
  readonly failures: number;
  /** Nothing is sent before, ms. */
  readonly notBefore: number;
}

/** `half_open`: the wait is over, the next message is the probe. */
export function circuitOf({ failures, notBefore }: FailureCount, nowMs: number): Circuit {
  if (failures < OPENS_AFTER) return "closed";
  return nowMs < notBefore ? "open" : "half_open";
}

/** The channel's wait after one more failure: none while the circuit is closed, then longer with each probe that fails. */
export function afterFailure(failures: number, nowMs: number, random: number): FailureCount {
  const counted = failures + 1;
  return { failures: counted, notBefore: counted < OPENS_AFTER ? 0 : nowMs + backoffMs(counted - 1, random) };
}
