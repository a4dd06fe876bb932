// Label sets known by the bytes they came in: an arena of entries, an open-addressing table over it.
import { allocate } from "./memory";

// An entry: what followed it last time, hash, key length, ref, decode that met it first and waits for its ref (0: named),
// name space; then the key.
export const NEXT: u32 = 0;
const HASH: u32 = 4;
export const LENGTH: u32 = 8;
export const REF: u32 = 12;
export const EPOCH: u32 = 16;
export const SPACE: u32 = 20;
export const KEY: u32 = 24;

/** Name spaces: label fields of 1.0, words of 2.0 (see `write-request-2.ts`), symbols. */
export const LABEL_FIELDS: u32 = 0;
export const WORDS: u32 = 1;
export const SYMBOLS: u32 = 2;

const FIRST_SLOTS: u32 = 16384;

/** Slots of hash and entry, 8 bytes each. */
let table: u32 = 0;
let mask: u32 = 0;
export let entries: u32 = 0;
let seed: u64 = 0;

export function setSeed(value: u64): void {
  seed = value;
}

export function forgetLabelSets(): bool {
  entries = 0;
  mask = FIRST_SLOTS - 1;
  table = newTable(FIRST_SLOTS);
  return table != 0;
}

function newTable(slots: u32): u32 {
  const to = allocate(slots << 3);
  if (to != 0) memory.fill(to, 0, slots << 3);
  return to;
}

/**
 * Sum of products of keyed 32-bit halves (NH of UMAC, Black et al. 1999), the keys stepped by position: the products do
 * not wait for each other, and who doesn't know the seed cannot choose label sets that collide.
 */
export function hash(key: u32, length: u32): u32 {
  let sum: u64 = <u64>length * 0x9e37_79b9_7f4a_7c15;
  let k = seed;
  const end = key + length;
  for (; key + 8 <= end; key += 8) {
    const word = load<u64>(key);
    k += 0x9e37_79b9_7f4a_7c15;
    sum += <u64>(<u32>word + <u32>k) * <u64>(<u32>(word >> 32) + <u32>(k >> 32));
  }
  if (key < end) {
    const word = load<u64>(key) & (0xffff_ffff_ffff_ffff >> (64 - 8 * <u64>(end - key)));
    k += 0x9e37_79b9_7f4a_7c15;
    sum += <u64>(<u32>word + <u32>k) * <u64>(<u32>(word >> 32) + <u32>(k >> 32));
  }
  sum = (sum ^ (sum >> 32)) * 0xff51_afd7_ed55_8ccd;
  sum = (sum ^ (sum >> 29)) * 0xc4ce_b9fe_1a85_ec53;
  return <u32>(sum >> 32);
}

/** Both may be read 8 bytes past their end. */
export function sameBytes(a: u32, b: u32, length: u32): bool {
  if (length < 8) return length == 0 || (load<u64>(a) ^ load<u64>(b)) << (64 - 8 * <u64>length) == 0;
  const last = length - 8;
  let i: u32 = 0;
  for (; i + 24 <= last; i += 32) {
    const differs =
      (load<u64>(a + i) ^ load<u64>(b + i)) |
      (load<u64>(a + i, 8) ^ load<u64>(b + i, 8)) |
      (load<u64>(a + i, 16) ^ load<u64>(b + i, 16)) |
      (load<u64>(a + i, 24) ^ load<u64>(b + i, 24));
    if (differs != 0) return false;
  }
  for (; i < last; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return load<u64>(a + last) == load<u64>(b + last);
}

export function isEntry(entry: u32, space: u32, key: u32, length: u32): bool {
  return load<u32>(entry, LENGTH) == length && load<u32>(entry, SPACE) == space && sameBytes(entry + KEY, key, length);
}

/** The entry in the hash's own slot if it has this hash, else 0: to be compared, and `find` called when it differs. */
export function firstCandidate(hash: u32): u32 {
  const slot = table + ((hash & mask) << 3);
  return load<u32>(slot) == hash ? load<u32>(slot, 4) : 0;
}

/** Entry of a label set, or 0. */
export function find(hash: u32, space: u32, key: u32, length: u32): u32 {
  let slot = table + ((hash & mask) << 3);
  let entry = load<u32>(slot, 4);
  while (entry != 0 && (load<u32>(slot) != hash || !isEntry(entry, space, key, length))) {
    slot = table + ((((slot - table) >> 3) + 1) & mask) * 8;
    entry = load<u32>(slot, 4);
  }
  return entry;
}

/** A label set that `find` doesn't find; 0 when there is no memory. */
export function insert(hash: u32, space: u32, key: u32, length: u32, epoch: u32): u32 {
  if (entries * 2 > mask && !widen()) return 0;
  const entry = allocate(KEY + length);
  if (entry == 0) return 0;
  store<u32>(entry, 0, NEXT);
  store<u32>(entry, hash, HASH);
  store<u32>(entry, length, LENGTH);
  store<i32>(entry, -1, REF);
  store<u32>(entry, epoch, EPOCH);
  store<u32>(entry, space, SPACE);
  memory.copy(entry + KEY, key, length);
  occupy(hash, entry);
  entries += 1;
  return entry;
}

/** Named by a negative ref, and now waiting for one since `epoch`, which is over. */
export function reconsiderLabelSets(epoch: u32): void {
  for (let slot = table, end = table + ((mask + 1) << 3); slot < end; slot += 8) {
    const entry = load<u32>(slot, 4);
    if (entry != 0 && load<u32>(entry, EPOCH) == 0 && load<i32>(entry, REF) < 0) store<u32>(entry, epoch, EPOCH);
  }
}

function occupy(hash: u32, entry: u32): void {
  let i = hash & mask;
  while (load<u32>(table + (i << 3), 4) != 0) i = (i + 1) & mask;
  store<u32>(table + (i << 3), hash);
  store<u32>(table + (i << 3), entry, 4);
}

function widen(): bool {
  const old = table;
  const slots = mask + 1;
  const wider = newTable(slots * 2);
  if (wider == 0) return false;
  table = wider;
  mask = slots * 2 - 1;
  for (let p = old; p < old + (slots << 3); p += 8) {
    const entry = load<u32>(p, 4);
    if (entry != 0) occupy(load<u32>(p), entry);
  }
  return true;
}
