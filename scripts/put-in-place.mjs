// Writes a file that was built so that whoever reads it meanwhile, another start or a test, has it whole: the one before or this one.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

let written = 0;

/** Of several that are put in one place at a time the last one stays. */
export function putInPlace(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${++written}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}
