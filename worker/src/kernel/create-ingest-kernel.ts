import type { IngestKernel, KernelOptions } from "./ingest-kernel.ts";
import { TwinKernel } from "./twin-kernel.ts";
import { WasmKernel } from "./wasm-kernel.ts";
import type { KernelExports } from "./wasm-kernel.ts";

/** The kernel of a compiled `ingest-kernel.wasm`; its twin in TypeScript where there is none or it cannot be instantiated. */
export function createIngestKernel(module: WebAssembly.Module | undefined, options: KernelOptions): IngestKernel {
  if (module !== undefined) {
    try {
      return new WasmKernel(new WebAssembly.Instance(module, {}).exports as unknown as KernelExports, options);
    } catch {
      // No memory for it, or a host that compiles nothing: the twin does the same work, slower.
    }
  }
  return new TwinKernel(options);
}
