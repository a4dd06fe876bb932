import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";

/** A `prometheus.ReadRequest` for series with this label, or all of them; `type` 2 is a regular expression. `types` as its reader takes them. */
export function readRequest(
  matched: readonly [name: string, value: string, type?: number] | null,
  startMs: number,
  endMs: number,
  types: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const request = new ProtobufWriter();
  request.message(1, (query) => {
    query.int(1, startMs);
    query.int(2, endMs);
    if (matched === null) return;
    const [name, value, type = 0] = matched;
    query.message(3, (matcher) => {
      matcher.int(1, type);
      matcher.text(2, name);
      matcher.text(3, value);
    });
  });
  if (types.length > 0) request.bytes(2, Uint8Array.from(types));
  return storedSnappy(request.copy());
}
