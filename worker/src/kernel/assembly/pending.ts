// Series in random order: one look-up waits for memory three times (slot, entry, key). Done for a group at a time, step
// by step, the waits of the group overlap.
import { NEEDS_OBJECTS, raise } from "./fault";
import { EPOCH, KEY, LABEL_FIELDS, LENGTH, NEXT, REF, find, firstCandidate, insert, isEntry } from "./label-sets";
import { PENDING, clearPending, fillRefs, pending, pendingCount } from "./columns";
import { epoch, lastEntry, precede, space, wait } from "./succession";
import { checkLabelFields } from "./label-fields";

const GROUP: u32 = 32;
/** In static memory: nothing here allocates but `memory.ts`. */
const candidates = <u32>memory.data(128);
/** Keeps the loads of the second step alive. */
export let touched: u32 = 0;

/** After the whole message was walked, or when no more fit. Raises MALFORMED_PROTOBUF for labels that are not. */
export function resolvePending(): bool {
  const trailing = lastEntry();
  let last: u32 = 0;
  for (let first: u32 = 0; first < pendingCount; first += GROUP) {
    const size = min(GROUP, pendingCount - first);
    const base = pending + first * PENDING;
    for (let i: u32 = 0; i < size; i++) store<u32>(candidates + (i << 2), firstCandidate(load<u32>(base + i * PENDING, 8)));
    for (let i: u32 = 0; i < size; i++) {
      const entry = load<u32>(candidates + (i << 2));
      if (entry != 0) touched ^= load<u32>(entry, LENGTH) ^ load<u32>(entry + KEY + 64) ^ load<u32>(entry + KEY + 128);
    }
    for (let i: u32 = 0; i < size; i++) {
      const at = base + i * PENDING;
      const entry = entryOf(at, load<u32>(candidates + (i << 2)));
      if (entry == 0) return false;
      const start = load<u32>(at, 12);
      const end = load<u32>(at, 16);
      if (load<u32>(entry, EPOCH) == 0) fillRefs(start, end, load<i32>(entry, REF));
      else wait(entry, start, end);
      const before = load<u32>(at, 20);
      const previous = before != 0 ? before : last;
      if (previous != 0 && load<u32>(previous, NEXT) != entry) store<u32>(previous, entry, NEXT);
      last = entry;
    }
  }
  if (trailing == 0) precede(last);
  clearPending();
  return true;
}

function entryOf(at: u32, candidate: u32): u32 {
  const key = load<u32>(at);
  const length = load<u32>(at, 4);
  if (candidate != 0 && isEntry(candidate, space, key, length)) return candidate;
  const hash = load<u32>(at, 8);
  const found = find(hash, space, key, length);
  if (found != 0) return found;
  if (space == LABEL_FIELDS && !checkLabelFields(key, key + length)) return 0;
  const entry = insert(hash, space, key, length, epoch);
  if (entry == 0) raise(NEEDS_OBJECTS, key);
  return entry;
}
