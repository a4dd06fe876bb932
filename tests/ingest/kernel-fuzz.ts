import fc from "fast-check";
import type { RemoteWriteVersion } from "../../worker/src/kernel/ingest-kernel.ts";
import { TwinKernel } from "../../worker/src/kernel/twin-kernel.ts";
import { wasmKernel } from "../support/ingest-kernel.ts";
import { mulberry32 } from "../support/reference-load.ts";
import { TaughtKernel, expectedOf } from "./kernel-differential.ts";
import { message1, message2, mutated } from "./kernel-messages.ts";
import { snappyBlock } from "./snappy-writer.ts";

interface Input {
  readonly version: RemoteWriteVersion;
  readonly body: Uint8Array;
  /** Every how manieth unknown label set is not taught. */
  readonly skip: number;
  readonly forget: boolean;
}

const input: fc.Arbitrary<Input> = fc
  .tuple(fc.constantFrom<RemoteWriteVersion>(1, 1, 2), fc.nat(), fc.integer({ min: 2, max: 9 }), fc.nat(40))
  .chain(([version, seed, skip, forget]) => {
    const random = mulberry32(seed);
    const message = mutated(version === 1 ? message1 : message2, 6);
    const packed = message.map((bytes) => snappyBlock(bytes, (n) => Math.floor(random() * n)));
    return mutated(packed, 40).map((body) => ({ version, body, skip, forget: forget === 0 }));
  });

/**
 * `inputs` remote-write bodies through the kernel, its twin and the decoder that builds objects, which must agree.
 * Throws the first that they don't agree on, made small. Returns how many ended how.
 */
export async function fuzzKernels(inputs: number, seed: number): Promise<Readonly<Record<string, number>>> {
  const outcomes: Record<string, number> = {};
  const perRun = 6;
  // Kernels are made anew for every run, so that what is found can be repeated; a few of them may keep next to nothing.
  const kernels = [await wasmKernel({ seed }), await wasmKernel({ seed, maxBytes: 1 << 20 })];
  fc.assert(
    fc.property(fc.array(input, { minLength: perRun, maxLength: perRun }), (sequence) => {
      const taught = [
        ...kernels.map((kernel, i) => new TaughtKernel(`wasm ${i}`, kernel)),
        new TaughtKernel("twin", new TwinKernel({ seed })),
      ];
      for (const kernel of taught) kernel.forget();
      for (const { version, body, skip, forget } of sequence) {
        const expected = expectedOf(version, body);
        for (const kernel of taught) {
          if (forget) kernel.forget();
          if (skip === 4) kernel.reconsider();
          const code = kernel.check(version, body, expected, skip);
          outcomes[code] = (outcomes[code] ?? 0) + 1;
        }
      }
    }),
    { numRuns: Math.ceil(inputs / perRun), seed },
  );
  return outcomes;
}
