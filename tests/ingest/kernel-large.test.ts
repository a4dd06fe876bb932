import { describe, expect, it } from "vitest";
import { mulberry32, ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { wasmKernel } from "../support/ingest-kernel.ts";
import { stored } from "../support/stored-snappy.ts";
import { TwinKernel } from "../../worker/src/kernel/twin-kernel.ts";
import type { RemoteWriteVersion } from "../../worker/src/kernel/ingest-kernel.ts";
import { TaughtKernel, expectedOf } from "./kernel-differential.ts";
import { varint } from "./protobuf-writer.ts";

async function agreed(version: RemoteWriteVersion, bodies: readonly Uint8Array[]): Promise<string[]> {
  const kernels = [new TaughtKernel("wasm", await wasmKernel({ seed: 3 })), new TaughtKernel("twin", new TwinKernel({ seed: 3 }))];
  return bodies.flatMap((body) => {
    const expected = expectedOf(version, body);
    return kernels.map((kernel) => kernel.check(version, body, expected, 7));
  });
}

const sample = (value: number, time: number): Uint8Array => {
  const bytes = Uint8Array.of(0x12, 16, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, ...varint(time));
  new DataView(bytes.buffer).setFloat64(3, value, true);
  return bytes;
};

const field = (number: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
};

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("large requests", () => {
  it("grow the kernel's memory, and are read as the decoder of objects reads them", async () => {
    const load = new ReferenceLoad({ series: 18_000, startMs: 1_790_000_000_000, shuffle: true });
    const encoder = new RemoteWriteEncoder(load.labels);
    const sizes = [500, 18_000, 5_000, 18_000];
    const bodies = sizes.flatMap((size) => [...encoder.requests(load.next(), size)].slice(0, 2).map(({ body }) => body));
    expect(new Set(await agreed(1, bodies))).toEqual(new Set(["ok"]));
  });

  it("may hold one series of 100,000 samples; one of more is left to the decoder of objects", async () => {
    const labels = field(1, Uint8Array.of(0x0a, 1, 97), Uint8Array.of(0x12, 1, 98));
    const of = (count: number) => {
      const samples = Buffer.concat(Array.from({ length: count }, (_, i) => sample(i, 1_790_000_000_000 + i)));
      return stored(field(1, labels, samples));
    };
    expect(await agreed(1, [of(100_000)])).toEqual(["ok", "ok"]);
    const kernel = await wasmKernel({ seed: 3 });
    expect(kernel.decode(1, of(140_000))).toMatchObject({ ok: false, error: { code: "needs_objects" } });
    expect(kernel.decode(1, of(1))).toMatchObject({ ok: true });
  });

  it("of 2.0 may name thousands of symbols in any order", async () => {
    const names = ["", "__name__", "m", "id", ...Array.from({ length: 12_000 }, (_, i) => `id-${i}`)];
    const symbols = names.map((name) => field(4, text(name)));
    const random = mulberry32(5);
    const body = () => {
      const series = Array.from({ length: 9_000 }, () => {
        const refs = [varint(1), varint(2), varint(3), varint(4 + Math.floor(random() * 12_000))];
        return field(5, field(1, ...refs), sample(random(), 1_790_000_000_000));
      });
      return stored(Buffer.concat([...symbols, ...series]));
    };
    expect(new Set(await agreed(2, [body(), body(), body()]))).toEqual(new Set(["ok"]));
  });
});
