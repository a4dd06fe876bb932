/**
 * MurmurHash3_x86_32 by its steps (Appleby, https://github.com/aappleby/smhasher): `mixMurmur3` takes a block of 32 bits into
 * a hash, `finishMurmur3` ends one of `blocks` blocks; signed. Two of them with different seeds are 64 bits that differ for
 * different input as far as nobody chooses it. A hot path.
 */
export function mixMurmur3(hash: number, block: number): number {
  let k = Math.imul(block, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

export function finishMurmur3(hash: number, blocks: number): number {
  let mixed = hash ^ (4 * blocks);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
