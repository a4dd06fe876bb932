/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4), eight bytes a step ("slicing-by-8",
 * Kounavis and Berry 2005). A hot loop: one flat table, no allocation.
 */
const TABLES = new Int32Array(8 * 256);
const POLYNOMIAL = 0x82f63b78;

for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[byte] = crc;
}
for (let byte = 0; byte < 256; byte++) {
  for (let slice = 1; slice < 8; slice++) {
    const previous = TABLES[(slice - 1) * 256 + byte] as number;
    TABLES[slice * 256 + byte] = (previous >>> 8) ^ (TABLES[previous & 255] as number);
  }
}

/**
 * Bytes of a step. A loop over a whole blob was compiled while it ran, knowing nothing of what follows it, and thrown away at
 * its end, each time anew; a function that is called often is compiled once.
 */
const STEP = 1024;

/** Checksum of `bytes[start, end)`; pass the previous answer as `seed` to go on over several pieces. An unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  let crc = ~seed;
  const words = start + ((end - start) & ~7);
  for (let i = start; i < words; i += STEP) crc = ofWords(bytes, i, i + STEP < words ? i + STEP : words, crc);
  return ~ofBytes(bytes, words, end, crc) >>> 0;
}

/** A multiple of eight bytes. */
function ofWords(bytes: Uint8Array, start: number, end: number, before: number): number {
  let crc = before;
  for (let i = start; i < end; i += 8) {
    const low =
      crc ^ ((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24));
    crc =
      (TABLES[1792 + (low & 255)] as number) ^
      (TABLES[1536 + ((low >>> 8) & 255)] as number) ^
      (TABLES[1280 + ((low >>> 16) & 255)] as number) ^
      (TABLES[1024 + (low >>> 24)] as number) ^
      (TABLES[768 + (bytes[i + 4] as number)] as number) ^
      (TABLES[512 + (bytes[i + 5] as number)] as number) ^
      (TABLES[256 + (bytes[i + 6] as number)] as number) ^
      (TABLES[bytes[i + 7] as number] as number);
  }
  return crc;
}

function ofBytes(bytes: Uint8Array, start: number, end: number, before: number): number {
  let crc = before;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ (TABLES[(crc ^ (bytes[i] as number)) & 255] as number);
  return crc;
}

/**
 * Which bit of `length` bytes was flipped, numbered as byte × 8 + bit (0 the lowest); `difference` is the checksum they have
 * now XOR the one they had. Null where no single bit explains it. Up to 2^31 bits any two differ by four at least
 * (Koopman 2002), so two flipped bits never look like one; larger damage does by chance, 8 × length in 2^32.
 * A bit so many places before the end changes the checksum by the polynomial shifted as often: 2 ns a bit.
 */
export function flippedBit(length: number, difference: number): number | null {
  const wanted = difference | 0;
  let change = POLYNOMIAL | 0;
  for (let bit = length * 8 - 1; bit >= 0; bit--) {
    if (change === wanted) return bit;
    change = (change >>> 1) ^ (-(change & 1) & POLYNOMIAL);
  }
  return null;
}
