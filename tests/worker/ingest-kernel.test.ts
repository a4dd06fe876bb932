import { describe, expect, it } from "vitest";
import { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import { encodeColumn } from "@sightline/shared/encoding/packed-column";
import { createColumnEncoder } from "../../worker/src/kernel/create-column-encoder.ts";
import { createIngestKernel } from "../../worker/src/kernel/create-ingest-kernel.ts";
import module from "../../worker/src/kernel/ingest-kernel.wasm";
import { WasmKernel } from "../../worker/src/kernel/wasm-kernel.ts";
import { double, message, text, varint } from "../ingest/protobuf-writer.ts";
import { snappyBlock } from "../ingest/snappy-writer.ts";

describe("the Worker's host", () => {
  it("gives the ingest kernel as a compiled module, which runs", () => {
    const kernel = createIngestKernel(module, { seed: 1 });
    expect(kernel).toBeInstanceOf(WasmKernel);
    const series = message(
      [1, 2, message(text(1, "__name__"), text(2, "up"))],
      [2, 2, message([1, 1, double(1)], [2, 0, varint(1_700_000_000_000)])],
    );
    const decoded = kernel.decode(
      1,
      snappyBlock(message([1, 2, series]), () => 0),
    );
    expect(decoded.ok && decoded.value.labels(0)).toEqual({ __name__: "up" });
  });

  it("packs columns with another instance of it", () => {
    const encode = createColumnEncoder(module);
    expect(encode).not.toBe(encodeColumn);
    const values = Float64Array.from({ length: 300 }, (_, i) => 1.5 * i);
    const [packed, expected] = [encode, encodeColumn].map((one) => {
      const writer = new ByteWriter();
      one(writer, values, 0, values.length);
      return writer.copy();
    });
    expect(packed).toEqual(expected);
  });
});
