// `prometheus.Label` fields, as the object decoder reads them: name = 1, value = 2, both UTF-8; the rest is skipped.
import { MALFORMED_PROTOBUF, fault, raise } from "./fault";
import { isUtf8 } from "./utf8";
import { at, payload, seek, skip, tag } from "./wire";

/** Whether bytes are label fields, one after the other. Raises MALFORMED_PROTOBUF. */
export function checkLabelFields(from: u32, end: u32): bool {
  seek(from);
  while (at < end) {
    if (tag(end) != 0x0a) return raise(MALFORMED_PROTOBUF, at);
    const label = payload(end);
    if (label == 0) return false;
    while (at < label) {
      const field = tag(label);
      if (fault) return false;
      if (field >> 3 > 2) {
        if (!skip(field & 7, label)) return false;
        continue;
      }
      if ((field & 7) != 2) return raise(MALFORMED_PROTOBUF, at);
      const text = payload(label);
      if (text == 0) return false;
      if (!isUtf8(at, text)) return raise(MALFORMED_PROTOBUF, at);
      seek(text);
    }
  }
  return true;
}
