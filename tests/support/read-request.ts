import { ProtobufWriter } from "../../worker/src/export/protobuf-writer.ts";
import { storedSnappy } from "../../worker/src/export/stored-snappy.ts";

/** A `prometheus.ReadRequest` for series with this label; `types` as its reader takes them. */
export function readRequest(
  [name, value]: readonly [string, string],
  startMs: number,
  endMs: number,
  types: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const request = new ProtobufWriter();
  request.message(1, (query) => {
    query.int(1, startMs);
    query.int(2, endMs);
    query.message(3, (matcher) => {
      matcher.text(2, name);
      matcher.text(3, value);
    });
  });
  if (types.length > 0) request.bytes(2, Uint8Array.from(types));
  return storedSnappy(request.copy());
}
