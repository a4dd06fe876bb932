import type { IngestGate } from "../shard/ingest-gate.ts";

/** Turns that a query leaves to what is on its way to the disk. */
const TURNS = 4;

/** How a query lets others go first: until what was accepted meanwhile is on the disk, or for some ms. */
export function pauseBeside(gate: Pick<IngestGate, "bytes">, wait: (ms: number) => Promise<void>): () => Promise<void> {
  return async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      await wait(0);
      if (gate.bytes === 0) return;
    }
  };
}
