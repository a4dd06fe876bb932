// Which series comes next. Senders repeat their order, so the next series is nearly always the one that followed last
// time: its bytes are compared, nothing is hashed. Where that fails, the series is looked up at once, so that one series
// more or less costs one look-up; where it fails again and again the order is random, and the look-ups are left to
// `resolvePending`, which does many at a time.
import { EPOCH, NEXT, REF, find, hash } from "./label-sets";
import { count, fillRefs, pushPending, pushRun, pushUnknown } from "./columns";

const PATIENCE: u32 = 4;
const DEFERRED: u32 = 64;

/** Decodes so far: marks label sets that wait for their ref since this one. */
export let epoch: u32 = 0;
/** The entry of the series before; 0 when it is not known yet. */
let previous: u32 = 0;
/** The entry that should come now, 0 for none. */
export let guess: u32 = 0;
let misses: u32 = 0;
let deferred: u32 = 0;
/** Name space of the message being read. */
export let space: u32 = 0;

/** Of both kinds of message: the last entry and the guess. */
const ends = <u32>memory.data(16);

/** Takes up where the last message of this kind ended. */
export function begin(nameSpace: u32): void {
  epoch += 1;
  space = nameSpace;
  previous = load<u32>(ends + space * 8);
  guess = load<u32>(ends + space * 8, 4);
  misses = 0;
  deferred = 0;
}

export function end(): void {
  store<u32>(ends + space * 8, previous);
  store<u32>(ends + space * 8, guess, 4);
}

export function forgetSuccession(): void {
  memory.fill(ends, 0, 16);
  previous = 0;
  guess = 0;
}

/** Whether a guess is worth comparing. */
export function predicting(): bool {
  return deferred == 0 && guess != 0;
}

/** The samples from `start` are of an entry, which is the guess or was looked up. */
export function follow(entry: u32, start: u32): void {
  if (entry == guess) misses = 0;
  // Written only when it changes: the entries stay clean in the cache.
  if (previous != 0 && load<u32>(previous, NEXT) != entry) store<u32>(previous, entry, NEXT);
  previous = entry;
  guess = load<u32>(entry, NEXT);
  if (load<u32>(entry, EPOCH) == 0) fillRefs(start, count, load<i32>(entry, REF));
  else wait(entry, start, count);
}

/** The samples of a label set that has no ref yet. */
export function wait(entry: u32, start: u32, end: u32): void {
  if (load<u32>(entry, EPOCH) != epoch) {
    store<u32>(entry, epoch, EPOCH);
    store<i32>(entry, -1, REF);
  }
  if (load<i32>(entry, REF) == -1) store<i32>(entry, <i32>pushUnknown(entry), REF);
  pushRun(<u32>load<i32>(entry, REF), start, end);
}

/** A series that the guess did not name: looked up, or left for later. Returns whether its key is still needed. */
export function lookUp(key: u32, length: u32, start: u32): bool {
  const code = hash(key, length);
  if (deferred > 0) deferred -= 1;
  else {
    if (++misses >= PATIENCE) {
      misses = PATIENCE - 1;
      deferred = DEFERRED;
    }
    const entry = find(code, space, key, length);
    if (entry != 0) {
      follow(entry, start);
      return false;
    }
  }
  pushPending(key, length, code, start, previous);
  previous = 0;
  return true;
}

/** The series before, for `resolvePending`. */
export function precede(entry: u32): void {
  previous = entry;
  guess = entry == 0 ? 0 : load<u32>(entry, NEXT);
}

export function lastEntry(): u32 {
  return previous;
}
