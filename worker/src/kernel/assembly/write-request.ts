// `prometheus.WriteRequest` (remote write 1.0): timeseries = 1; of them labels = 1, samples = 2, exemplars = 3, histograms = 4.
import { MALFORMED_PROTOBUF, NEEDS_OBJECTS, fault, raise } from "./fault";
import { KEY, LABEL_FIELDS, LENGTH, sameBytes } from "./label-sets";
import { setAside } from "./aside";
import { count, rewind } from "./columns";
import { begin, end as endSuccession, follow, guess, lookUp, predicting } from "./succession";
import { resolvePending } from "./pending";
import { sample, slowSample } from "./sample";
import { at, payload, seek, skip, tag } from "./wire";

const MAX_KEY: u32 = 65536;

export function readWriteRequest(from: u32, end: u32): bool {
  begin(LABEL_FIELDS);
  let p = from;
  while (p < end) {
    const short = <u32>load<u16>(p, 1);
    let body: u32;
    let next: u32;
    // A series of 128 to 16,383 bytes, then one shorter.
    if (load<u8>(p) == 0x0a && (short & 0x8080) == 0x0080) {
      body = p + 3;
      next = body + ((short & 0x7f) | ((short >> 8) << 7));
    } else if (load<u8>(p) == 0x0a && (short & 0x80) == 0) {
      body = p + 2;
      next = body + (short & 0x7f);
    } else {
      seek(p);
      const field = tag(end);
      if (fault) return false;
      if (field != 0x0a) {
        if (field >> 3 == 1) return raise(MALFORMED_PROTOBUF, p);
        if (field >> 3 == 3) {
          if (!skip(field & 7, end) || !setAside(p, at)) return false;
          p = at;
          continue;
        }
        if (!skip(field & 7, end)) return false;
        p = at;
        continue;
      }
      next = payload(end);
      if (next == 0) return false;
      body = at;
    }
    if (next > end) return raise(MALFORMED_PROTOBUF, p);
    if (!readSeries(p, body, next)) return false;
    p = next;
  }
  if (!resolvePending()) return false;
  endSuccession();
  return true;
}

/** Its field begins at `from`. */
function readSeries(from: u32, body: u32, end: u32): bool {
  const start = count;
  let moved = false;
  let p = body;
  let entry: u32 = 0;
  if (predicting()) {
    const length = load<u32>(guess, LENGTH);
    if (length <= end - body && sameBytes(body, guess + KEY, length)) {
      entry = guess;
      p += length;
    }
  }
  // Over the labels, whose insides are looked at only when they are met for the first time.
  if (entry == 0) {
    while (p < end && load<u8>(p) == 0x0a) {
      const short = <u32>load<u16>(p, 1);
      if ((short & 0x80) == 0) p += 2 + (short & 0x7f);
      else if ((short & 0x8000) == 0) p += 3 + ((short & 0x7f) | ((short >> 8) << 7));
      else break;
    }
    if (p > end) return raise(MALFORMED_PROTOBUF, end);
  }
  let keyEnd = p;
  while (p < end) {
    if (load<u8>(p) == 0x12) {
      p = sample(p, end);
      if (p == 0) return false;
      continue;
    }
    seek(p);
    const field = tag(end);
    if (fault) return false;
    if (field == 0x0a) {
      const next = payload(end);
      if (next == 0) return false;
      // The key is all label fields without what lies between them, which has been read. It is a prefix no longer.
      if (keyEnd != p) {
        memory.copy(keyEnd, p, next - p);
        moved = true;
      }
      keyEnd += next - p;
      entry = 0;
      p = next;
    } else if (field == 0x12) {
      // A tag written longer than it must be.
      p = slowSample(p, end);
      if (p == 0) return false;
    } else if (field >> 3 == 3 || field >> 3 == 4) return leave(from, end, start, moved);
    else {
      if (field >> 3 < 3) return raise(MALFORMED_PROTOBUF, p);
      if (!skip(field & 7, end)) return false;
      p = at;
    }
  }
  if (count == start) return leave(from, end, start, moved);
  if (keyEnd - body > MAX_KEY) return raise(NEEDS_OBJECTS, body);
  if (entry != 0) follow(entry, start);
  else lookUp(body, keyEnd - body, start);
  return true;
}

/** A series with exemplars or histograms, or without samples, is set aside whole, unless its labels have been moved together. */
function leave(from: u32, end: u32, start: u32, moved: bool): bool {
  if (moved) return raise(NEEDS_OBJECTS, from);
  rewind(start);
  return setAside(from, end);
}
