// Where a packed column goes, and the numbers it is written in: LEB128, zigzag for signed ones. The buffer has room for the
// longest column (`packed-column.ts`), so nothing is checked.

/** The next byte is written here. */
export let at: usize = 0;

export function writeTo(target: usize): void {
  at = target;
}

export function skip(bytes: usize): void {
  at += bytes;
}

export function u8To(value: u32): void {
  store<u8>(at, value);
  at += 1;
}

export function u64To(value: u64): void {
  store<u64>(at, value);
  at += 8;
}

export function varintTo(value: u64): void {
  let rest = value;
  let to = at;
  while (rest >= 128) {
    store<u8>(to++, <u32>rest | 128);
    rest >>= 7;
  }
  store<u8>(to++, <u32>rest);
  at = to;
}

export function zigzagTo(value: i64): void {
  varintTo(((<u64>value) << 1) ^ <u64>(value >> 63));
}
