import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type BatchSeries, type SeriesSamples } from "@sightline/shared/model/sample";
import { type ImportSource, type Refuse, UnreadableSource } from "../import-source.ts";
import { contentHash } from "../text-lines.ts";
import { ChunkFiles, DamagedChunk, samplesIn } from "./chunk-files.ts";
import { readHistogramChunk } from "./histogram-chunk.ts";
import { IndexFile } from "./index-file.ts";
import { type DeletedRange, readTombstones } from "./tombstones.ts";
import { readXorChunk } from "./xor-chunk.ts";

const UNKNOWN = { type: "unknown", unit: "", help: "" } as const;
const FLOATS = 1;

interface BlockMeta {
  readonly ulid: string;
  readonly minTime: number;
}

const isBlock = (path: string): boolean => existsSync(join(path, "meta.json")) && existsSync(join(path, "index"));

/** Blocks of Prometheus's data folder, or the one block that the folder is, oldest first. What only its WAL holds is not among them. */
export function blocksIn(path: string): readonly string[] {
  if (isBlock(path)) return [path];
  const blocks = readdirSync(path)
    .map((name) => join(path, name))
    .filter(isBlock);
  return blocks.sort((a, b) => metaOf(a).minTime - metaOf(b).minTime);
}

function metaOf(block: string): BlockMeta {
  try {
    return JSON.parse(readFileSync(join(block, "meta.json"), "utf8")) as BlockMeta;
  } catch (error) {
    throw new UnreadableSource(`${join(block, "meta.json")} cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** A block of Prometheus's TSDB. Damage of a chunk costs that chunk, and is counted. */
export function blockSource(block: string): ImportSource {
  return {
    name: `block ${metaOf(block).ulid}`,
    identity: () => contentHash([join(block, "meta.json"), join(block, "index")]),
    async *series(refuse: Refuse) {
      const index = new IndexFile(readFileSync(join(block, "index")));
      const deleted = readTombstones(block);
      const files = new ChunkFiles(block);
      try {
        for (const { id, labels, chunks } of index.series()) {
          for (const { segment, offset } of chunks) {
            let data: Uint8Array | null = null;
            try {
              const chunk = files.read(segment, offset);
              data = chunk.bytes;
              const samples = chunk.encoding === FLOATS ? readXorChunk(chunk.bytes) : readHistogramChunk(chunk.encoding, chunk.bytes);
              const kept = without(samples, deleted.get(id) ?? []);
              if (kept.timestamps.length > 0) yield { labels, metadata: UNKNOWN, temporality: "cumulative", ...kept } satisfies BatchSeries;
            } catch (error) {
              if (!(error instanceof UnreadableSource || error instanceof RangeError)) throw error;
              const held = error instanceof DamagedChunk ? error.samples : data === null ? null : samplesIn(data);
              refuse("damaged_chunk", held, `${error.message}; samples are counted by what is left of the chunks' headers`);
            }
          }
        }
      } finally {
        files.close();
      }
    },
  };
}

function without(samples: SeriesSamples, deleted: readonly DeletedRange[]): SeriesSamples {
  if (deleted.length === 0) return samples;
  const { timestamps, values, histograms } = samples;
  const kept: number[] = [];
  for (const [i, t] of timestamps.entries()) if (!deleted.some(({ mint, maxt }) => t >= mint && t <= maxt)) kept.push(i);
  const columns = { timestamps: new Float64Array(kept.length), values: new Float64Array(kept.length) };
  for (const [to, from] of kept.entries()) {
    columns.timestamps[to] = timestamps[from] as number;
    columns.values[to] = values[from] as number;
  }
  return histograms === undefined ? columns : { ...columns, histograms: kept.map((i) => histograms[i]) };
}
