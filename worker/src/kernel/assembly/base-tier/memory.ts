// Bytes given out from the bottom up, never given back. What is new is zero.

let top: usize = 0;

/** 0 when the host has no more. */
export function allocate(size: usize): usize {
  if (top == 0) top = (__heap_base + 63) & ~63;
  const at = top;
  const end = (at + size + 63) & ~63;
  if (!reserve(end - at)) return 0;
  top = end;
  return at;
}

/** Pages that memory grows by beyond what is needed: until they are written to nothing backs them. */
const AHEAD: i32 = 64;

/** Memory for `size` more bytes; growing detaches the caller's views, so that it is to be seldom. */
export function reserve(size: usize): bool {
  if (top == 0) top = (__heap_base + 63) & ~63;
  const pages = <i32>((top + size + 0xffff) >>> 16) - memory.size();
  return pages <= 0 || memory.grow(pages + AHEAD) >= 0 || memory.grow(pages) >= 0;
}
