// Nothing is thrown: the first fault of a decode is remembered, and everything returns.

export const OK: i32 = 0;
export const CORRUPT_SNAPPY: i32 = 1;
export const MALFORMED_PROTOBUF: i32 = 2;
export const NEEDS_OBJECTS: i32 = 3;

export let fault: i32 = OK;
/** Address at which it was seen. */
export let faultAt: u32 = 0;

export function clearFault(): void {
  fault = OK;
  faultAt = 0;
}

/** Always false, so that a reader can end with it. */
export function raise(code: i32, at: u32): bool {
  if (fault == OK) {
    fault = code;
    faultAt = at;
  }
  return false;
}
