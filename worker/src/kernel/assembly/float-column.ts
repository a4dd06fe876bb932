// The forms of a packed column for what are no short decimals: CONSTANT, RUNS and XOR.
import { u64To, u8To, varintTo } from "./byte-sink";
import { xorTo } from "./xor-bits";

const CONSTANT: u32 = 0;
const RUNS: u32 = 1;
const XOR: u32 = 3;

/** `count` f64 at `values`, compared as bits. */
export function floatsTo(values: usize, count: u32): void {
  const end = values + (count << 3);
  let runs: u32 = 1;
  for (let p = values + 8; p < end; p += 8) if (load<u64>(p) != load<u64>(p - 8)) runs += 1;
  if (runs == 1) {
    u8To(CONSTANT);
    u64To(load<u64>(values));
  } else if (runs * 16 <= count) {
    u8To(RUNS);
    varintTo(runs);
    for (let start = values; start < end;) {
      const value = load<u64>(start);
      let stop = start + 8;
      while (stop < end && load<u64>(stop) == value) stop += 8;
      varintTo((stop - start) >> 3);
      u64To(value);
      start = stop;
    }
  } else {
    u8To(XOR);
    xorTo(values, end);
  }
}
