// One linear memory, handed out from the bottom up and given back only all at once (`reset`). A buffer that must grow is
// allocated anew, twice as large, and the old one lies waste until then: at most as much again as is in use.

/** Bytes behind every buffer that a load of 8 bytes, or a copy by four moves of 16, may run over. */
export const SLACK: u32 = 80;

/** Bytes behind the last one given out: `pending.ts` touches the lines of an entry's key before it knows how long it is. */
const GUARD: u32 = 256;

let top: u32 = 0;

export function reset(): void {
  top = (<u32>__heap_base + 15) & ~15;
}

/** Bytes given out. */
export function used(): u32 {
  return top;
}

/** 0 when the host has no more memory. Behind the last byte are always GUARD more. */
export function allocate(size: u32): u32 {
  const at = top;
  const end = (at + size + 7) & ~7;
  const pages = (end + GUARD + 0xffff) >>> 16;
  const have = <u32>memory.size();
  // A few pages more than asked: every growth detaches the caller's views.
  if (pages > have && memory.grow(pages - have + 15) < 0 && memory.grow(pages - have) < 0) return 0;
  top = end;
  return at;
}

/** A larger copy of a buffer; 0 when there is no memory. */
export function enlarge(from: u32, size: u32, newSize: u32): u32 {
  const to = allocate(newSize + SLACK);
  if (to != 0) memory.copy(to, from, size);
  return to;
}
