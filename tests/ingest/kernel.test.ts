import { describe, expect, it } from "vitest";
import type { Labels } from "@sightline/shared/model/labels";
import { isStale } from "@sightline/shared/model/sample";
import type { IngestKernel, KernelOptions } from "../../worker/src/kernel/ingest-kernel.ts";
import { createIngestKernel } from "../../worker/src/kernel/create-ingest-kernel.ts";
import { TwinKernel } from "../../worker/src/kernel/twin-kernel.ts";
import { WasmKernel } from "../../worker/src/kernel/wasm-kernel.ts";
import { wasmKernel } from "../support/ingest-kernel.ts";
import { ReferenceLoad, RemoteWriteEncoder } from "../support/reference-load.ts";
import { fuzzKernels } from "./kernel-fuzz.ts";
import { concat, double, message, text, varint } from "./protobuf-writer.ts";
import { snappyBlock } from "./snappy-writer.ts";

const packed = (bytes: Uint8Array): Uint8Array => snappyBlock(bytes, () => 0);
const label = (name: string, value: string) => message(text(1, name), text(2, value));
const sample = (value: number, t: number) => message([1, 1, double(value)], [2, 0, varint(t)]);
const series = (labels: Readonly<Record<string, string>>, ...samples: readonly Uint8Array[]) =>
  message(
    ...Object.entries(labels).map(([name, value]) => [1, 2, label(name, value)] as const),
    ...samples.map((bytes) => [2, 2, bytes] as const),
  );
const request = (...all: readonly Uint8Array[]) => packed(message(...all.map((bytes) => [1, 2, bytes] as const)));

function taken(kernel: IngestKernel, body: Uint8Array, version: 1 | 2 = 1) {
  const decoded = kernel.decode(version, body);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

const KERNELS: readonly (readonly [string, (options: KernelOptions) => Promise<IngestKernel>])[] = [
  ["in WebAssembly", wasmKernel],
  ["in TypeScript", (options) => Promise.resolve(new TwinKernel(options))],
];

describe.each(KERNELS)("the ingest kernel %s", (_, create) => {
  it("asks once what a label set is, in words, and then knows it by its bytes", async () => {
    const kernel = await create({ seed: 1 });
    const body = request(
      series({ __name__: "up", job: "node" }, sample(1, 1_000), sample(2, 2_000)),
      series({ __name__: "up", job: "ü" }, sample(3, 1_000)),
    );
    const first = taken(kernel, body);
    expect(first.unknown).toBe(2);
    expect([...first.refs]).toEqual([-1, -1, -2]);
    expect([first.labels(0), first.labels(1)]).toEqual([
      { __name__: "up", job: "node" },
      { __name__: "up", job: "ü" },
    ]);
    kernel.learn(0, 70);
    kernel.learn(1, 71);
    expect([...first.refs]).toEqual([70, 70, 71]);
    const second = taken(kernel, body);
    expect(second.unknown).toBe(0);
    expect([...second.refs]).toEqual([70, 70, 71]);
    expect([...second.times]).toEqual([1_000, 2_000, 1_000]);
    expect([...second.values]).toEqual([1, 2, 3]);
  });

  it("remembers that a label set was refused", async () => {
    const kernel = await create({ seed: 1 });
    const body = request(series({ __name__: "refused" }, sample(1, 1)));
    taken(kernel, body);
    kernel.learn(0, -5);
    expect(taken(kernel, body)).toMatchObject({ unknown: 0, length: 1 });
    expect(taken(kernel, body).refs[0]).toBe(-5);
  });

  it("asks again for refused label sets when they are to be reconsidered, and for those named for one request", async () => {
    const kernel = await create({ seed: 1 });
    kernel.reconsider();
    const body = request(...["refused", "late", "kept"].map((name) => series({ __name__: name }, sample(1, 1))));
    taken(kernel, body);
    kernel.learn(0, -5);
    kernel.name(1, -7);
    kernel.learn(2, 3);
    const second = taken(kernel, body);
    expect([...second.refs]).toEqual([-5, -1, 3]);
    expect(second.labels(0)).toEqual({ __name__: "late" });
    kernel.name(0, -7);
    expect([...second.refs]).toEqual([-5, -7, 3]);
    kernel.reconsider();
    expect([...taken(kernel, body).refs]).toEqual([-1, -2, 3]);
    kernel.learn(0, 1);
    kernel.learn(1, 2);
    expect([...taken(kernel, body).refs]).toEqual([1, 2, 3]);
  });

  it("asks again for what it was not taught, and for everything once it forgot", async () => {
    const kernel = await create({ seed: 1 });
    const body = request(series({ __name__: "a" }, sample(1, 1)), series({ __name__: "b" }, sample(1, 1)));
    taken(kernel, body);
    kernel.learn(1, 9);
    expect([...taken(kernel, body).refs]).toEqual([-1, 9]);
    kernel.forget();
    expect([...taken(kernel, body).refs]).toEqual([-1, -2]);
  });

  it("keeps the bits of stale markers", async () => {
    const stale = message([1, 1, Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0x7f)], [2, 0, varint(5)]);
    const { values } = taken(await create({ seed: 1 }), request(series({ __name__: "up" }, stale)));
    expect(isStale(values[0] ?? 0)).toBe(true);
  });

  it("takes the labels of one series from wherever they stand in it", async () => {
    const kernel = await create({ seed: 1 });
    const split = message([2, 2, sample(1, 1)], [1, 2, label("__name__", "up")], [2, 2, sample(2, 2)], [1, 2, label("job", "node")]);
    const { labels, values } = taken(kernel, request(split));
    expect(labels(0)).toEqual({ __name__: "up", job: "node" });
    expect([...values]).toEqual([1, 2]);
    kernel.learn(0, 4);
    expect([...taken(kernel, request(series({ __name__: "up", job: "node" }, sample(3, 3)))).refs]).toEqual([4]);
  });

  it("takes the plain series of a message that holds histograms, exemplars and metadata, and hands those over as a message", async () => {
    const kernel = await create({ seed: 1 });
    const name = [1, 2, label("__name__", "h")] as const;
    const others = [
      [1, 2, message(name, [4, 2, new Uint8Array(0)])],
      [1, 2, message(name, [2, 2, sample(1, 1)], [3, 2, new Uint8Array(0)])],
      [1, 2, series({ __name__: "no samples" })],
      [3, 2, message(text(2, "up"))],
    ] as const;
    const up = [1, 2, series({ __name__: "up" }, sample(7, 8))] as const;
    const { length, values, aside } = taken(kernel, packed(message(others[0], up, others[1], others[2], up, others[3])));
    expect(length).toBe(2);
    expect([...values]).toEqual([7, 7]);
    expect([...(aside ?? [])]).toEqual([...message(...others)]);
    expect(taken(kernel, packed(message(up))).aside).toBeNull();
  });

  it("leaves what is larger than its memory to the decoder of objects", async () => {
    const kernel = await create({ seed: 1 });
    const bodies = [
      packed(message(...Array.from({ length: 2049 }, () => [3, 2, new Uint8Array(0)] as const))),
      concat(varint(4 * 2 ** 20 + 1), Uint8Array.of(0, 0)),
      concat(varint(0xffff_ffff), Uint8Array.of(0, 0)),
    ];
    for (const body of bodies) expect(kernel.decode(1, body)).toMatchObject({ ok: false, error: { code: "needs_objects" } });
  });

  it("learns nothing from a message that is malformed at its end", async () => {
    const kernel = await create({ seed: 1 });
    const good = message([1, 2, series({ __name__: "up" }, sample(1, 1))]);
    expect(kernel.decode(1, packed(concat(good, Uint8Array.of(0x0a, 0x7f))))).toMatchObject({
      ok: false,
      error: { code: "malformed_protobuf", message: expect.stringMatching(/WriteRequest.*Nothing was kept/) },
    });
    expect(taken(kernel, packed(good)).unknown).toBe(1);
  });

  it("knows 2.0 by the text of its symbols, and asks again when the metadata change", async () => {
    const kernel = await create({ seed: 1 });
    const body = (symbols: readonly string[], type: number) =>
      packed(
        message(...symbols.map((symbol) => text(4, symbol)), [
          5,
          2,
          message([1, 2, concat(varint(1), varint(2))], [2, 2, sample(7, 1_000)], [5, 2, message([1, 0, varint(type)], [3, 0, varint(3)])]),
        ]),
      );
    const first = taken(kernel, body(["", "__name__", "up", "Scrape worked."], 2), 2);
    expect(first.labels(0)).toEqual({ __name__: "up" });
    expect(first.metadata(0)).toEqual({ type: "gauge", unit: "", help: "Scrape worked." });
    kernel.learn(0, 3);
    expect([...taken(kernel, body(["", "__name__", "up", "Scrape worked.", "more"], 2), 2).refs]).toEqual([3]);
    const changed = taken(kernel, body(["", "__name__", "up", "Scrape worked."], 1), 2);
    expect(changed.metadata(0).type).toBe("counter");
  });

  it("gives every sample of the reference load to its series, in order and in random order", async () => {
    for (const shuffle of [false, true]) {
      const kernel = await create({ seed: 1 });
      const load = new ReferenceLoad({ series: 1_000, startMs: 1_790_000_000_000, shuffle });
      const encoder = new RemoteWriteEncoder(load.labels);
      const met: Labels[] = [];
      for (let k = 0; k < 4; k++) {
        const scrape = load.next();
        let from = 0;
        for (const { body } of encoder.requests(scrape, 300)) {
          const { length, refs, times, values, unknown, labels } = taken(kernel, body);
          for (let i = 0; i < unknown; i++) kernel.learn(i, met.push(labels(i)) - 1);
          for (let i = 0; i < length; i++) {
            const series = scrape.order[from + i] ?? NaN;
            const labelSet = JSON.stringify(met[refs[i] ?? NaN]);
            if (times[i] !== scrape.t || values[i] !== scrape.values[series] || labelSet !== JSON.stringify(load.labels[series]))
              throw new Error(`sample ${i} of series ${series} is ${values[i]} at ${times[i]} of ${labelSet}`);
          }
          from += length;
        }
        expect(from).toBe(1_000);
      }
      expect(met.length).toBe(1_000);
    }
  });

  it("forgets everything before it keeps more than its bound, and learns again", async () => {
    const kernel = await create({ seed: 1, maxBytes: 2 * 2 ** 20 });
    const order = Int32Array.from({ length: 500 }, (_, i) => i);
    let asked = 0;
    for (let round = 0; round < 30; round++) {
      const labels = Array.from(order, (i) => ({ __name__: "m", id: `${round}-${i}-${"x".repeat(100)}` }));
      const [request] = new RemoteWriteEncoder(labels).requests({ t: 1, order, values: new Float64Array(500) });
      const body = request?.body ?? new Uint8Array(0);
      const { unknown } = taken(kernel, body);
      for (let i = 0; i < unknown; i++) kernel.learn(i, i);
      asked += unknown;
      expect(taken(kernel, body).unknown % 500).toBe(0);
      if (kernel instanceof WasmKernel) expect(kernel.memoryUsed).toBeLessThan(2.5 * 2 ** 20);
    }
    expect(asked).toBe(15_000);
  });
});

describe("the ingest kernel, its twin and the decoder of objects", () => {
  it("answer any body alike", async () => {
    const outcomes = await fuzzKernels(2_000, 1);
    expect(Object.keys(outcomes).sort()).toEqual(["corrupt_snappy", "malformed_protobuf", "needs_objects", "ok"]);
  });
});

describe("where WebAssembly cannot run", () => {
  it("the twin serves", () => {
    expect(createIngestKernel(undefined, { seed: 1 })).toBeInstanceOf(TwinKernel);
  });
});
