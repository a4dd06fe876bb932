import { fail, ok } from "@sightline/shared/model/result";
import type { Result } from "@sightline/shared/model/result";

/**
 * Decompresses a Snappy block (format_description.txt of google/snappy). The announced length is checked against the
 * cap before anything is allocated, and every copy against what has been written.
 * Failures: `too_large`, `corrupt_snappy`.
 */
export function decompressSnappy(input: Uint8Array, maxOutput: number): Result<Uint8Array> {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++];
    if (byte === undefined || shift > 28) return corrupt("its length is cut off");
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > maxOutput) {
    return fail(
      "too_large",
      `The body is ${length} bytes once decompressed; at most ${maxOutput} are taken. Nothing was kept: send smaller requests.`,
    );
  }
  const output = new Uint8Array(length);
  let written = 0;
  while (at < input.length) {
    const tag = input[at++] ?? 0;
    if ((tag & 3) === 0) {
      let size = tag >> 2;
      if (size >= 60) {
        const extra = size - 59;
        if (at + extra > input.length) return corrupt("a literal's length is cut off");
        size = 0;
        for (let i = 0; i < extra; i++) size += (input[at + i] ?? 0) * 2 ** (8 * i);
        at += extra;
      }
      size += 1;
      if (at + size > input.length || written + size > length) return corrupt("a literal runs past the end");
      output.set(input.subarray(at, at + size), written);
      at += size;
      written += size;
      continue;
    }
    const kind = tag & 3;
    const width = kind === 3 ? 4 : kind;
    if (at + width > input.length) return corrupt("a copy is cut off");
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const low = input[at] ?? 0;
    const offset =
      kind === 1
        ? ((tag & 0xe0) << 3) | low
        : low + (input[at + 1] ?? 0) * 0x100 + (kind === 3 ? (input[at + 2] ?? 0) * 0x1_0000 + (input[at + 3] ?? 0) * 0x100_0000 : 0);
    at += width;
    if (offset === 0 || offset > written || written + size > length) return corrupt("a copy points outside what was written");
    // A copy may overlap itself: that is how runs are written. Only then must it go byte by byte.
    if (offset >= size) output.copyWithin(written, written - offset, written - offset + size);
    else for (let i = 0; i < size; i++) output[written + i] = output[written - offset + i] ?? 0;
    written += size;
  }
  return written === length ? ok(output) : corrupt(`it holds ${written} of the ${length} bytes it announces`);
}

const corrupt = (what: string): Result<Uint8Array> =>
  fail("corrupt_snappy", `The body is not valid Snappy (block format): ${what}. Nothing was kept.`);
