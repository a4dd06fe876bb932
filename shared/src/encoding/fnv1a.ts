/**
 * 32 bits of FNV-1a over the UTF-16 code units of a text, signed (Fowler, Noll and Vo). Not for what people may choose to
 * collide, unless `seed` is one that nobody knows. A hot path.
 */
export function fnv1a(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
