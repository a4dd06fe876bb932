// `prometheus.Sample` and `io.prometheus.write.v2.Sample`: value = 1 (double), timestamp = 2 (int64, ms); the rest is skipped.
import { MALFORMED_PROTOBUF, fault, raise } from "./fault";
import { capacity, count, growColumns, pushSample } from "./columns";
import { at, payload, seek, skip, tag, varint } from "./wire";

/** What a batch can carry; times beyond become these ends, where the shard refuses them by name. */
const MAX_TIME: i64 = (1 << 49) - 1;
const MIN_TIME: i64 = 1 - (1 << 49);

// The bytes of the last timestamp and what they meant: within a request nearly all are the same.
let lastWord: u64 = 0;
let lastBits: u64 = 0;
let lastTime: f64 = 0;

/** A `Sample` whose tag, of one byte, is at `p`, in a series that ends at `end`. Returns the address behind it, 0 on a fault. */
export function sample(p: u32, end: u32): u32 {
  if (count == capacity && !growColumns()) return 0;
  const size = <u32>load<u8>(p + 1);
  const next = p + 2 + size;
  // As everybody writes it: value, then a timestamp of 1 to 8 bytes that ends the message.
  if (size - 11 < 8 && next <= end && load<u8>(p + 2) == 0x09 && load<u8>(p + 11) == 0x10) {
    const bits = (<u64>size - 10) << 3;
    const word = load<u64>(p + 12) & (0xffff_ffff_ffff_ffff >> (64 - bits));
    if (word == lastWord && bits == lastBits) {
      pushSample(load<u64>(p + 3), lastTime);
      return next;
    }
    // One varint and nothing behind it: the only byte below 0x80 is the last.
    if ((~word & 0x8080_8080_8080_8080 & (0xffff_ffff_ffff_ffff >> (64 - bits))) == (<u64>0x80) << (bits - 8)) {
      seek(p + 12);
      lastTime = carriable(<i64>varint(next));
      lastWord = word;
      lastBits = bits;
      pushSample(load<u64>(p + 3), lastTime);
      return next;
    }
  }
  return slowSample(p, end);
}

/** Any layout, a tag of any length. */
export function slowSample(p: u32, end: u32): u32 {
  if (count == capacity && !growColumns()) return 0;
  seek(p);
  tag(end);
  const next = payload(end);
  if (next == 0) return 0;
  let value: u64 = 0;
  let time: i64 = 0;
  while (at < next) {
    const field = tag(next);
    if (field == 0x09) {
      if (next - at < 8) return refuse();
      value = load<u64>(at);
      seek(at + 8);
    } else if (field == 0x10) time = <i64>varint(next);
    else if (field == 0 || field >> 3 == 1 || field >> 3 == 2) return refuse();
    else skip(field & 7, next);
    if (fault) return 0;
  }
  pushSample(value, carriable(time));
  return next;
}

function refuse(): u32 {
  raise(MALFORMED_PROTOBUF, at);
  return 0;
}

function carriable(time: i64): f64 {
  return <f64>max<i64>(MIN_TIME, min<i64>(MAX_TIME, time));
}
