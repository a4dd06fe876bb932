import type { Wait } from "../query/reader-turns.ts";
import { waitFor } from "../query/wait-for.ts";
import { heldAnswer } from "./held-answer.ts";
import { unwrap } from "./http-failure.ts";
import { ROOM_FOR_ANSWERS, type RoomForAnswers } from "./room-for-answers.ts";

/** Less the system takes in one go, whether it is read or not. */
const HELD_BYTES = 262_144;
/** Of a held one that is taken at once. */
const PIECE = 65_536;

type Pieces = readonly Uint8Array<ArrayBuffer>[];

/**
 * A body that is whole before anything of it is sent, of pieces that were made one after the other. A long one is held in room that
 * there is for all such until its reader has it. Where there is none it is made once more when there is, as it would be held while it waits.
 * Failures: as of `make`, and `unavailable` where there was no room for `waitMs`.
 */
export async function wholeAnswer(
  make: () => Promise<Pieces>,
  {
    waitMs,
    room = ROOM_FOR_ANSWERS,
    wait = waitFor,
  }: { readonly waitMs?: number; readonly room?: RoomForAnswers; readonly wait?: Wait } = {},
): Promise<ArrayBuffer | ReadableStream<Uint8Array>> {
  let made: Pieces | null = await make();
  const bytes = lengthOf(made);
  if (bytes <= HELD_BYTES) return joined(made, bytes);
  let place = room.take(bytes);
  if (place === null) {
    made = null;
    place = unwrap(await room.enter(wait, bytes, waitMs));
  }
  return heldAnswer(place, async () => inParts(made ?? (await make())));
}

const lengthOf = (pieces: Pieces): number => pieces.reduce((sum, { length }) => sum + length, 0);

function joined(pieces: Pieces, length: number): ArrayBuffer {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1 && only.length === only.buffer.byteLength) return only.buffer;
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body.buffer;
}

function* inParts(pieces: Pieces): Generator<Uint8Array<ArrayBuffer>> {
  for (const piece of pieces) for (let at = 0; at < piece.length; at += PIECE) yield piece.subarray(at, at + PIECE);
}
