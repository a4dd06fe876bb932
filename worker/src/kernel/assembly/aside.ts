// Fields of a message that columns of floats cannot say, to be read by others: where each begins and ends.
import { NEEDS_OBJECTS, raise } from "./fault";

const MAX_ASIDE: u32 = 2048;
const ranges = <u32>memory.data(16384);

export let asideCount: u32 = 0;

export function clearAside(): void {
  asideCount = 0;
}

export function setAside(from: u32, end: u32): bool {
  if (asideCount == MAX_ASIDE) return raise(NEEDS_OBJECTS, from);
  store<u32>(ranges + (asideCount << 3), from);
  store<u32>(ranges + (asideCount << 3), end, 4);
  asideCount += 1;
  return true;
}

export function asideStart(i: u32): u32 {
  return load<u32>(ranges + (i << 3));
}

export function asideEnd(i: u32): u32 {
  return load<u32>(ranges + (i << 3), 4);
}
