import { MalformedProtobuf } from "../ingest/protobuf-reader.ts";
import { labelsOfFields } from "./label-text.ts";
import { LABEL_FIELDS } from "./twin-label-sets.ts";
import { readSample } from "./twin-sample.ts";
import { NeedsObjects } from "./twin-resolver.ts";
import type { SeriesResolver } from "./twin-resolver.ts";
import { WireCursor } from "./twin-wire.ts";

const MAX_KEY = 65_536;

/** `prometheus.WriteRequest` (remote write 1.0) in the first `length` bytes, which are changed. Throws MalformedProtobuf, NeedsObjects. */
export function readWriteRequest(bytes: Uint8Array, length: number, resolver: SeriesResolver): void {
  const cursor = new WireCursor(bytes);
  resolver.begin(LABEL_FIELDS);
  while (cursor.at < length) {
    const from = cursor.at;
    const tag = cursor.tag(length);
    if (tag === 0x0a) {
      const end = cursor.payload(length);
      if (readSeries(cursor, end, resolver)) continue;
      resolver.setAside(from, end);
      cursor.at = end;
    } else if (tag >>> 3 === 3) {
      cursor.skip(tag & 7, length);
      resolver.setAside(from, cursor.at);
    } else if (tag >>> 3 === 1) throw new MalformedProtobuf(`a series of another type at byte ${cursor.at}`);
    else cursor.skip(tag & 7, length);
  }
  resolver.end();
}

/** False for a series with exemplars or histograms, or without samples: of that nothing is taken. */
function readSeries(cursor: WireCursor, end: number, resolver: SeriesResolver): boolean {
  const { bytes, view } = cursor;
  const { columns, sets, guess } = resolver;
  const start = columns.count;
  const body = cursor.at;
  let entry = 0;
  let moved = false;
  const leave = (): boolean => {
    // Its labels have been moved together.
    if (moved) throw new NeedsObjects();
    columns.count = start;
    return false;
  };
  if (guess !== 0) {
    const length = sets.keyLength(guess);
    if (length <= end - body && sets.equals(guess, LABEL_FIELDS, view, body, length)) {
      entry = guess;
      cursor.at = body + length;
    }
  }
  let keyEnd = cursor.at;
  while (cursor.at < end) {
    const from = cursor.at;
    const tag = cursor.tag(end);
    if (tag === 0x12) readSample(cursor, cursor.payload(end), columns);
    else if (tag === 0x0a) {
      cursor.at = cursor.payload(end);
      // The key is all label fields without what lies between them, which has been read.
      if (keyEnd !== from) {
        bytes.copyWithin(keyEnd, from, cursor.at);
        moved = true;
      }
      keyEnd += cursor.at - from;
      entry = 0;
    } else if (tag >>> 3 === 3 || tag >>> 3 === 4) return leave();
    else if (tag < 24) throw new MalformedProtobuf(`a field of another type at byte ${from}`);
    else cursor.skip(tag & 7, end);
  }
  if (columns.count === start) return leave();
  if (keyEnd - body > MAX_KEY) throw new NeedsObjects();
  if (entry !== 0) resolver.follow(entry, start);
  else resolver.lookUp(bytes, view, body, keyEnd - body, start, labelsOfFields);
  return true;
}
