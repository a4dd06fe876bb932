import { type ColumnEncoder, encodeColumn } from "@sightline/shared/encoding/packed-column";

/** Values; longer columns are packed in TypeScript. No chunk of a run is longer. */
const CAPACITY = 8192;

/** What `assembly/packed-column.ts` exports. */
interface PackerExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  startPacking(capacity: number): number;
  packedAt(): number;
  pack(count: number): number;
}

/** Writes the bytes of `encodePacked`, in an instance of the kernel of its own; in TypeScript where there is no module or no memory for it. */
export function createColumnEncoder(module: WebAssembly.Module | undefined): ColumnEncoder {
  if (module === undefined) return encodeColumn;
  try {
    return wasmEncoder(new WebAssembly.Instance(module, {}).exports as unknown as PackerExports);
  } catch {
    return encodeColumn;
  }
}

function wasmEncoder(kernel: PackerExports): ColumnEncoder {
  const at = kernel.startPacking(CAPACITY);
  if (at === 0) return encodeColumn;
  // Nothing grows this memory again: the views stay.
  const input = new Float64Array(kernel.memory.buffer, at, CAPACITY);
  const packed = new Uint8Array(kernel.memory.buffer, kernel.packedAt());
  return (writer, values, from, to) => {
    const count = to - from;
    if (count === 0) return;
    if (count > CAPACITY) {
      encodeColumn(writer, values, from, to);
      return;
    }
    input.set(count === values.length ? values : values.subarray(from, to));
    writer.bytes(packed.subarray(0, kernel.pack(count)));
  };
}
