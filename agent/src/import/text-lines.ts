import { createHash } from "node:crypto";
import { type ReadStream, createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/**
 * Lines of a file of UTF-8, unpacked when its name ends in .gz; memory holds one line and a buffer. Only a line feed ends
 * one: labels may hold a carriage return and Unicode's line separators, at which `node:readline` breaks as well. Whoever
 * reads a line passes over the carriage return at its end.
 */
export async function* textLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of path.endsWith(".gz") ? unpacked(file) : file) {
      const text = decoder.decode(chunk as Buffer, { stream: true });
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        yield rest + text.slice(start, end);
        rest = "";
        start = end + 1;
      }
      rest += text.slice(start);
    }
    rest += decoder.decode();
    if (rest !== "") yield rest;
  } finally {
    file.destroy();
  }
}

function unpacked(file: ReadStream): NodeJS.ReadableStream {
  const gunzip = createGunzip();
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

/** SHA-256 of files, one after another, hex. */
export async function contentHash(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
