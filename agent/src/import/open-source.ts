import { type Stats, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ImportSource, UnreadableSource } from "./import-source.ts";
import { CSV_HEADER, csvSource } from "./csv.ts";
import { jsonLinesSource } from "./json-lines.ts";
import { isLineProtocol, lineProtocolSource } from "./line-protocol.ts";
import { textDumpSource } from "./text-dump.ts";
import { textLines } from "./text-lines.ts";
import { blockSource, blocksIn } from "./tsdb/block.ts";

export const IMPORT_FORMATS = ["tsdb", "json", "prometheus", "openmetrics", "csv", "influx"] as const;
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
  switch (format ?? told(await firstLine(path))) {
    case "json":
      return [jsonLinesSource(path)];
    case "csv":
      return [csvSource(path)];
    case "influx":
      return [lineProtocolSource(path)];
    case null:
      return [textDumpSource(path, null)];
    case "prometheus":
      return [textDumpSource(path, "prometheus")];
    case "openmetrics":
      return [textDumpSource(path, "openmetrics")];
  }
}

/** Whether a path is the data folder of a Prometheus: its write-ahead log has samples of the last hours that are in no block. */
export function hasUnreadLog(path: string): boolean {
  try {
    return readdirSync(join(path, "wal")).some((name) => /^\d{8}$/.test(name));
  } catch {
    return false;
  }
}

/** Null for text of Prometheus, whichever of the two it is. */
function told(line: string): "json" | "csv" | "influx" | null {
  if (line.startsWith('{"metric"')) return "json";
  if (line === CSV_HEADER) return "csv";
  return isLineProtocol(line) ? "influx" : null;
}

/** The first that is neither empty nor a comment. */
async function firstLine(path: string): Promise<string> {
  for await (const line of textLines(path)) if (line.trim() !== "" && !line.startsWith("#")) return line.trim();
  return "";
}
