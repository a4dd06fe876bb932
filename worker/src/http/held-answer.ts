import type { Place } from "./room-for-answers.ts";

/** To tell that the request is still there, and to see whether its reader is. */
const LOOK_EVERY_MS = 1000;
/** A reader that takes nothing for so long is cut off where others wait for its place. */
const STALLED_MS = 10_000;

/**
 * An answer that is held while it is sent: `gather` makes it, and its place is left when it fails, when the last piece is taken, the
 * reader cancels or takes nothing for 10 s while others wait. When the request ends otherwise nothing more runs here, and the place is
 * lost for not being seen.
 */
export async function heldAnswer(place: Place, gather: () => Promise<Iterator<Uint8Array>>): Promise<ReadableStream<Uint8Array>> {
  let looking = setInterval(place.seen, LOOK_EVERY_MS);
  const end = (): void => {
    clearInterval(looking);
    place.leave();
  };
  let pieces: Iterator<Uint8Array> | null;
  try {
    pieces = await gather();
  } catch (error) {
    end();
    throw error;
  }
  let takenMs = Date.now();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        clearInterval(looking);
        looking = setInterval(() => {
          place.seen();
          if (!place.isWanted || Date.now() - takenMs < STALLED_MS) return;
          end();
          pieces = null;
          controller.error(new Error(`The reader took nothing of the answer for ${STALLED_MS / 1000} s, and others wait.`));
        }, LOOK_EVERY_MS);
      },
      pull(controller) {
        takenMs = Date.now();
        const next = pieces?.next();
        if (next === undefined || next.done === true) {
          end();
          controller.close();
        } else {
          controller.enqueue(next.value);
        }
      },
      cancel() {
        end();
        pieces = null;
      },
    },
    { highWaterMark: 0 },
  );
}
