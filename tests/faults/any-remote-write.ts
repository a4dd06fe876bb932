import { fuzzKernels } from "../ingest/kernel-fuzz.ts";
import type { FaultOptions } from "./fault-options.ts";

/** Remote-write bodies of every layout, whole and broken: kernel, twin and the decoder of objects say the same of all. */
export async function anyRemoteWrite({ smoke }: FaultOptions): Promise<string> {
  const inputs = smoke ? 5_000 : 100_000;
  const seed = Date.now() % 2 ** 31;
  const outcomes = await fuzzKernels(inputs, seed);
  const ended = Object.entries(outcomes).map(([outcome, times]) => `${outcome} ${times}`);
  return `${inputs} bodies (seed ${seed}), each through three kernels: ${ended.join(", ")}`;
}
