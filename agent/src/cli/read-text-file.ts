import { readFileSync } from "node:fs";
import { invalidUtf8 } from "@sightline/shared/encoding/utf8";

/** A file's text, as it is written; throws Error for one that is not there, or not UTF-8. */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path);
  const fault = invalidUtf8(bytes);
  if (fault !== null) throw new Error(`${path}: it is not UTF-8: ${fault}`);
  return new TextDecoder().decode(bytes);
}
