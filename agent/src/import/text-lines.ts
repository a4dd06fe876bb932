import { createHash } from "node:crypto";
import { type ReadStream, createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

/** Lines of a file of UTF-8, unpacked when its name ends in .gz; memory holds one line and a buffer. */
export async function* textLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const input = path.endsWith(".gz") ? unpacked(file) : file;
  yield* createInterface({ input, crlfDelay: Infinity });
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
