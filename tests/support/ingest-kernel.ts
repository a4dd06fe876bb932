import { compileKernel } from "../../scripts/build-kernel.mjs";
import { createIngestKernel } from "../../worker/src/kernel/create-ingest-kernel.ts";
import type { IngestKernel, KernelOptions } from "../../worker/src/kernel/ingest-kernel.ts";

/** The kernel as the Worker has it, in WebAssembly. */
export async function wasmKernel(options: KernelOptions): Promise<IngestKernel> {
  return createIngestKernel(await compileKernel(), options);
}
