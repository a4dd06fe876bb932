import { type Stats, statSync } from "node:fs";
import { type ImportSource, UnreadableSource } from "./import-source.ts";
import { jsonLinesSource } from "./json-lines.ts";
import { textDumpSource } from "./text-dump.ts";
import { textLines } from "./text-lines.ts";
import { blockSource, blocksIn } from "./tsdb/block.ts";

export const IMPORT_FORMATS = ["tsdb", "json", "prometheus", "openmetrics"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** What a path holds: the blocks of a folder, or a file that says by its first line what it is. Throws UnreadableSource. */
export async function openSources(path: string, format: ImportFormat | null): Promise<readonly ImportSource[]> {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    throw new UnreadableSource(`there is nothing at ${path}`);
  }
  if (stats.isDirectory()) {
    if (format !== null && format !== "tsdb") throw new UnreadableSource(`${path} is a folder, and --format ${format} is of files`);
    const blocks = blocksIn(path);
    if (blocks.length === 0)
      throw new UnreadableSource(
        `${path} holds no block of Prometheus (a folder with meta.json and index); what only its WAL has is not read`,
      );
    return blocks.map(blockSource);
  }
  if (format === "tsdb") throw new UnreadableSource(`${path} is a file; a block of Prometheus is a folder`);
  if (format === "json" || (format === null && (await firstLine(path)).startsWith('{"metric"'))) return [jsonLinesSource(path)];
  return [textDumpSource(path, format === "prometheus" || format === "openmetrics" ? format : null)];
}

async function firstLine(path: string): Promise<string> {
  for await (const line of textLines(path)) if (line.trim() !== "") return line.trim();
  return "";
}
