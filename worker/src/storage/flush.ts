import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { PackedBlock } from "./block-format.ts";
import { BlockPacker } from "./block-format.ts";
import { DAY_MS } from "./block-store.ts";
import type { Head } from "./head.ts";
import { SampleRun } from "./sample-run.ts";

const BLOCK_BYTES = 900_000;
const CHUNK_SAMPLES = 8192;

/** Packs every series of the head, by ref, into blocks of one UTC day each, handed to `write` as they fill. */
export function packHead(head: Head, end: number, write: (day: number, block: PackedBlock) => void): void {
  const packers = new Map<number, BlockPacker>();
  for (let ref = 0; ref < end; ref++) {
    if (!head.has(ref)) continue;
    const run = new SampleRun();
    head.read(ref, -Infinity, Infinity, run);
    const { timestamps, values, histograms } = run.settle();
    for (let from = 0; from < timestamps.length;) {
      const day = Math.floor((timestamps[from] as number) / DAY_MS);
      const isHistogram = histograms?.[from] !== undefined;
      const dayEnd = (day + 1) * DAY_MS;
      let to = from + 1;
      while (
        to < timestamps.length &&
        to - from < CHUNK_SAMPLES &&
        (timestamps[to] as number) < dayEnd &&
        (histograms?.[to] !== undefined) === isHistogram
      )
        to++;
      let packer = packers.get(day);
      if (packer === undefined) packers.set(day, (packer = new BlockPacker(BLOCK_BYTES)));
      const column = isHistogram ? (histograms ?? []).slice(from, to).filter((one): one is NativeHistogram => one !== undefined) : null;
      packer.add(ref, timestamps.slice(from, to), values.slice(from, to), column);
      if (packer.full) write(day, packer.finish());
      from = to;
    }
  }
  for (const [day, packer] of packers) if (!packer.empty) write(day, packer.finish());
}
