import { HttpFailure } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";

/** Bodies of writes that one isolate holds at once, as they were sent; unpacked they take some times as much. */
const MOST_BYTES = 12 * 1_048_576;
const MOST_REQUESTS = 256;
/** What only senders use that have few writes under way: one that sends on and on leaves the others their turn. */
const RESERVE = 1 / 4;
const FEW = 4;
/** Of a body that does not say how long it is. */
const UNANNOUNCED_BYTES = 1_048_576;
const RETRY_AFTER_MS = 1000;

let refused = 0;
let bytes = 0;
let requests = 0;
/** Of each sender that has any under way. */
const underWay = new Map<string, number>();

/**
 * Lets a write of `sender` in before anything of it is read, or refuses it with `overloaded`: what waits for a shard is bounded, however
 * many come at once. Call the answer when the write has been answered.
 */
export function enterIntake(request: Request, sender: string): () => void {
  const announced = Number(request.headers.get("content-length") ?? UNANNOUNCED_BYTES);
  const own = Number.isFinite(announced) ? announced : UNANNOUNCED_BYTES;
  const others = underWay.get(sender) ?? 0;
  const share = others < FEW ? 1 : 1 - RESERVE;
  if (requests > 0 && (requests >= MOST_REQUESTS * share || bytes + own > MOST_BYTES * share)) {
    refused += 1;
    count("sightline_refused_requests_total", 'reason="overloaded"');
    throw new HttpFailure(
      "overloaded",
      "There are as many writes under way as fit. Nothing of this one was read; send it again a little later.",
      {
        retryAfterMs: RETRY_AFTER_MS,
      },
    );
  }
  bytes += own;
  requests += 1;
  underWay.set(sender, others + 1);
  return () => {
    bytes -= own;
    requests -= 1;
    const left = (underWay.get(sender) ?? 1) - 1;
    if (left > 0) underWay.set(sender, left);
    else underWay.delete(sender);
  };
}

/** Writes that this isolate has refused so. */
export const refusedAtIntake = (): number => refused;
