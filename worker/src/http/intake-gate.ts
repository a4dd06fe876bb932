import { HttpFailure } from "./http-failure.ts";
import { count } from "./isolate-metrics.ts";

/** Bodies of writes that one isolate holds at once, as they were sent; unpacked they take some times as much. */
const MOST_BYTES = 12 * 1_048_576;
const MOST_REQUESTS = 256;
/** Of a body that does not say how long it is. */
const UNANNOUNCED_BYTES = 1_048_576;
const RETRY_AFTER_MS = 1000;

let refused = 0;
let bytes = 0;
let requests = 0;

/**
 * Lets a write in before anything of it is read, or refuses it with `overloaded`: what waits for a shard is bounded, however many
 * come at once. Call the answer when the write has been answered.
 */
export function enterIntake(request: Request): () => void {
  const announced = Number(request.headers.get("content-length") ?? UNANNOUNCED_BYTES);
  const own = Number.isFinite(announced) ? announced : UNANNOUNCED_BYTES;
  if (requests > 0 && (requests >= MOST_REQUESTS || bytes + own > MOST_BYTES)) {
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
  return () => {
    bytes -= own;
    requests -= 1;
  };
}

/** Writes that this isolate has refused so. */
export const refusedAtIntake = (): number => refused;
