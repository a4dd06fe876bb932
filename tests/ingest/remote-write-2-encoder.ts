import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import snappy from "snappyjs";

const { root } = protobuf.parse(readFileSync(new URL("./remote-write-2.proto", import.meta.url), "utf8"));
const RequestMessage = root.lookupType("io.prometheus.write.v2.Request");

/** Symbols of one request: the empty text first, each text once. */
export class Symbols {
  readonly table: string[] = [""];

  ref(text: string): number {
    const known = this.table.indexOf(text);
    return known >= 0 ? known : this.table.push(text) - 1;
  }

  /** Names and values by turns, sorted by name. */
  labels(labels: Readonly<Record<string, string>>): number[] {
    return Object.keys(labels)
      .sort()
      .flatMap((name) => [this.ref(name), this.ref(labels[name] ?? "")]);
  }
}

/** A request as protobufjs writes it, compressed as snappyjs does; fields in the .proto's own spelling, camelCased. Throws when it does not fit the message. */
export function encodeRequest(symbols: Symbols, timeseries: readonly object[]): Uint8Array<ArrayBuffer> {
  const fields = { symbols: symbols.table, timeseries };
  const wrong = RequestMessage.verify(fields);
  if (wrong !== null) throw new Error(wrong);
  return new Uint8Array(snappy.compress(RequestMessage.encode(RequestMessage.fromObject(fields)).finish()));
}
