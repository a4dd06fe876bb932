/** UTF-8 as TextDecoder takes it: no overlong forms, no surrogates, nothing beyond U+10FFFF. Eight bytes at a time while they are ASCII. */
export function isUtf8(from: u32, end: u32): bool {
  let p = from;
  while (p < end) {
    if (end - p >= 8 && (load<u64>(p) & 0x8080_8080_8080_8080) == 0) {
      p += 8;
      continue;
    }
    const lead = <u32>load<u8>(p++);
    if (lead < 0x80) continue;
    const more: u32 = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || end - p < more) return false;
    const second = <u32>load<u8>(p);
    const low: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const high: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (let i: u32 = 1; i < more; i++) if ((load<u8>(p + i) & 0xc0) != 0x80) return false;
    p += more;
  }
  return true;
}
