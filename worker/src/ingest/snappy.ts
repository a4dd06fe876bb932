import { fail, ok } from "@sightline/shared/model/result";
import type { Failure, Result } from "@sightline/shared/model/result";

/** The announced length of a Snappy block and where its elements begin; undefined when that is cut off or beyond 32 bits. */
export function snappyPreamble(input: Uint8Array): { readonly length: number; readonly elementsAt: number } | undefined {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = input[i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length < 2 ** 32 ? { length, elementsAt: i + 1 } : undefined;
  }
  return undefined;
}

/** Bytes that `expandSnappy` may write behind the block: it copies by four. */
export const SNAPPY_SLACK = 8;
/** Above this a typed array's own copy beats a loop. */
const LONG = 64;

/**
 * Writes the elements of a Snappy block (format_description.txt of google/snappy), which must fill the first `length`
 * bytes of `output`: every copy is checked against what has been written. `output` has SNAPPY_SLACK bytes more.
 * Returns undefined, or what is wrong.
 */
export function expandSnappy(input: Uint8Array, elementsAt: number, output: Uint8Array, length: number): string | undefined {
  const from4 = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const out4 = new DataView(output.buffer, output.byteOffset, output.byteLength);
  const end = input.length;
  let at = elementsAt;
  let written = 0;
  while (at < end) {
    const tag = input[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let size = tag >> 2;
      if (size >= 60) {
        const extra = size - 59;
        if (extra > end - at) return "a literal's length is cut off";
        size = 0;
        for (let i = 0; i < extra; i++) size += (input[at + i] as number) * 2 ** (8 * i);
        at += extra;
      }
      size += 1;
      if (size > end - at || size > length - written) return "a literal runs past the end";
      if (size > LONG) output.set(input.subarray(at, at + size), written);
      else if (end - at >= size + 4) for (let i = 0; i < size; i += 4) out4.setInt32(written + i, from4.getInt32(at + i, true), true);
      else for (let i = 0; i < size; i++) output[written + i] = input[at + i] as number;
      at += size;
      written += size;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    if (width > end - at) return "a copy is cut off";
    const low = input[at] as number;
    let size: number;
    let offset: number;
    if (kind === 1) {
      size = ((tag >> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | low;
    } else {
      size = (tag >> 2) + 1;
      offset = low | ((input[at + 1] as number) << 8);
      if (kind === 3) offset += (input[at + 2] as number) * 0x1_0000 + (input[at + 3] as number) * 0x100_0000;
    }
    at += width;
    if (offset === 0 || offset > written || size > length - written) return "a copy points outside what was written";
    const from = written - offset;
    if (offset >= 4) for (let i = 0; i < size; i += 4) out4.setInt32(written + i, out4.getInt32(from + i, true), true);
    // A run of a short pattern, which its own output feeds: only byte by byte.
    else for (let i = 0; i < size; i++) output[written + i] = output[from + i] as number;
    written += size;
  }
  return written === length ? undefined : `it holds ${written} of the ${length} bytes it announces`;
}

/** `too_large` for a block that announces more than `maxOutput` bytes; null for any other, whatever else is wrong with it. */
export function announcesTooMuch(input: Uint8Array, maxOutput: number): Failure | null {
  const length = snappyPreamble(input)?.length ?? 0;
  if (length <= maxOutput) return null;
  const message = `The body is ${length} bytes once decompressed; at most ${maxOutput} are taken. Nothing was kept: send smaller requests.`;
  return fail("too_large", message).error;
}

/**
 * Decompresses a Snappy block. The announced length is checked against the cap before anything is allocated.
 * Failures: `too_large`, `corrupt_snappy`.
 */
export function decompressSnappy(input: Uint8Array, maxOutput: number): Result<Uint8Array> {
  const preamble = snappyPreamble(input);
  if (preamble === undefined) return corrupt("its length is cut off");
  const { length, elementsAt } = preamble;
  const large = announcesTooMuch(input, maxOutput);
  if (large !== null) return { ok: false, error: large };
  // The tightest element is a copy: 64 bytes from 3. A few bytes cannot ask for megabytes.
  if (length > input.length * 22) return corrupt(`it announces ${length} bytes, more than ${input.length} can hold`);
  const output = new Uint8Array(length + SNAPPY_SLACK);
  const wrong = expandSnappy(input, elementsAt, output, length);
  return wrong === undefined ? ok(output.subarray(0, length)) : corrupt(wrong);
}

const corrupt = (what: string): Result<Uint8Array> =>
  fail("corrupt_snappy", `The body is not valid Snappy (block format): ${what}. Nothing was kept.`);
