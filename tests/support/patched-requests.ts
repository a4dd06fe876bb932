import { compress, uncompress } from "snappyjs";
import { mulberry32, RemoteWriteEncoder } from "./reference-load.ts";

const VALUE_BYTES = 8;
/** Of a time between 2004 and 2109 in ms. */
const TIME_BYTES = 6;
const MARK_BYTES = VALUE_BYTES + 1 + TIME_BYTES;
const MOST_TRIES = 12;

/** One request compressed as a sender would, and where the value of each of its samples begins; its time follows a byte later. */
interface Template {
  readonly body: Buffer<ArrayBuffer>;
  readonly places: Int32Array;
}

/**
 * Remote-write requests that cost their sender next to nothing: compressed once, with values and times in literals that are
 * written over. Label sets and sizes are those of any sender; what the receiver does with them is the same.
 */
export class PatchedRequests {
  readonly #templates: readonly Template[];
  #next = 0;
  #rounds = 0;
  readonly #startMs: number;
  readonly #intervalMs: number;

  /** Every round goes once through all label sets, `per` a request, a time later than the round before. */
  constructor(labels: readonly Readonly<Record<string, string>>[], options: { per: number; startMs: number; intervalMs: number }) {
    const { per, startMs, intervalMs } = options;
    this.#startMs = startMs;
    this.#intervalMs = intervalMs;
    const parts = Array.from({ length: Math.ceil(labels.length / per) }, (_, i) => labels.slice(i * per, (i + 1) * per));
    this.#templates = parts.map(templateOf);
  }

  next(): { readonly body: Buffer<ArrayBuffer>; readonly samples: number } {
    const template = this.#templates[this.#next] as Template;
    const round = this.#rounds;
    this.#next = (this.#next + 1) % this.#templates.length;
    if (this.#next === 0) this.#rounds += 1;
    const body = Buffer.from(template.body);
    const time = timeBytes(this.#startMs + round * this.#intervalMs);
    const { places } = template;
    for (let i = 0; i < places.length; i++) {
      const at = places[i] as number;
      body.writeDoubleLE(round * 7 + i, at);
      time.copy(body, at + VALUE_BYTES + 1);
    }
    return { body, samples: places.length };
  }
}

function timeBytes(ms: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  let left = ms;
  for (let i = 0; i < TIME_BYTES; i++) {
    bytes[i] = (left % 128) | (i < TIME_BYTES - 1 ? 128 : 0);
    left = Math.floor(left / 128);
  }
  return bytes;
}

/** Random bytes in place of values and times are found nowhere else, so that the compressor leaves them as they are. */
function templateOf(labels: readonly Readonly<Record<string, string>>[]): Template {
  const order = Int32Array.from(labels, (_, i) => i);
  const [request] = new RemoteWriteEncoder(labels).messages(
    { t: Date.UTC(2026, 0, 1), order, values: new Float64Array(labels.length) },
    labels.length,
  );
  if (request === undefined) throw new Error("no label sets, no requests");
  const { message, valuesAt } = request;
  const random = mulberry32(1);
  const places = new Int32Array(valuesAt.length).fill(-1);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    // A draw that a match of what lies before it reaches into is drawn anew.
    for (const [i, at] of valuesAt.entries()) {
      if ((places[i] as number) >= 0) continue;
      for (let k = at; k < at + MARK_BYTES; k++) if (k !== at + VALUE_BYTES) message[k] = random() * 256;
    }
    const body = Buffer.from(compress(message));
    let from = 0;
    for (const [i, at] of valuesAt.entries()) {
      places[i] = body.indexOf(message.subarray(at, at + MARK_BYTES), from);
      const found = places[i] ?? -1;
      if (found >= 0) from = found + MARK_BYTES;
    }
    if (places.includes(-1)) continue;
    // A tag of the compressor may look like the first byte of a draw that it left out.
    if (isOf(overwritten(body, places), overwritten(message, valuesAt))) return { body, places };
    places.fill(-1);
  }
  // One lies across two blocks of the compressor, whatever is drawn.
  return templateOf(labels.slice(1));
}

/** A copy with other values and times. */
function overwritten(bytes: Buffer, places: Int32Array): Buffer {
  const copy = Buffer.from(bytes);
  for (const at of places) {
    copy.fill(0xa5, at, at + VALUE_BYTES);
    copy.fill(0x5a, at + VALUE_BYTES + 1, at + MARK_BYTES);
  }
  return copy;
}

function isOf(body: Buffer, message: Buffer): boolean {
  try {
    return message.equals(uncompress(body));
  } catch {
    return false;
  }
}
