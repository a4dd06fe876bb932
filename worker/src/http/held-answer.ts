import type { Place } from "./places-for-answers.ts";

/** To tell that the request is still there. */
const SEEN_EVERY_MS = 1000;
/** A reader that takes nothing for so long is cut off: others wait for its place. */
const STALLED_MS = 30_000;

/**
 * An answer that is held while it is sent: `gather` makes it, and its place is left when it fails, when the last piece is taken, the
 * reader cancels or takes nothing for 30 s. When the request ends otherwise nothing more runs here, and the place is lost for not being seen.
 */
export async function heldAnswer(place: Place, gather: () => Promise<Iterator<Uint8Array>>): Promise<ReadableStream<Uint8Array>> {
  const seeing = setInterval(place.seen, SEEN_EVERY_MS);
  const leave = (): void => {
    clearInterval(seeing);
    place.leave();
  };
  let pieces: Iterator<Uint8Array> | null;
  try {
    pieces = await gather();
  } catch (error) {
    leave();
    throw error;
  }
  let stalled: ReturnType<typeof setTimeout>;
  const end = (): void => {
    clearTimeout(stalled);
    leave();
    pieces = null;
  };
  const expectReader = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    stalled = setTimeout(() => {
      end();
      controller.error(new Error("The reader took nothing of the answer for 30 s."));
    }, STALLED_MS);
  };
  return new ReadableStream<Uint8Array>(
    {
      start: expectReader,
      pull(controller) {
        clearTimeout(stalled);
        const next = pieces?.next();
        if (next === undefined || next.done === true) {
          end();
          controller.close();
          return;
        }
        controller.enqueue(next.value);
        expectReader(controller);
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
