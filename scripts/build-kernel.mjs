// Compiles worker/src/kernel/assembly to worker/src/kernel/ingest-kernel.wasm, when they have changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { putInPlace } from "./put-in-place.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "worker", "src", "kernel", "assembly");
const stamp = join(root, "build", "ingest-kernel.sha256");
const kernelPath = join(root, "worker", "src", "kernel", "ingest-kernel.wasm");

const FLAGS = [
  "--optimizeLevel",
  "3",
  "--shrinkLevel",
  "0",
  "--converge",
  "--noAssert",
  "--enable",
  "simd",
  "--runtime",
  "stub",
  "--use",
  "abort=",
];

function sourceHash() {
  const hash = createHash("sha256").update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(join(root, "package-lock.json")));
  for (const name of readdirSync(sources).sort()) hash.update(`\n${name}\n`).update(readFileSync(join(sources, name)));
  return hash.digest("hex");
}

/** For Node; a Worker's host compiles it before. */
export async function compileKernel() {
  return new WebAssembly.Module(readFileSync(await buildKernel()));
}

/** Resolves with the module's path. Rejects with the compiler's words. */
export async function buildKernel() {
  const hash = sourceHash();
  if (existsSync(kernelPath) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return kernelPath;
  // Loading the compiler takes half a second: only when there is something to compile.
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  let words = "";
  const { error } = await asc.main(["index.ts", "--baseDir", sources, "--outFile", "kernel.wasm", ...FLAGS], {
    readFile: (name, base) => (existsSync(join(base, name)) ? readFileSync(join(base, name), "utf8") : null),
    writeFile: (_name, contents) => void (binary = contents),
    listFiles: () => [],
    stderr: { write: (text) => void (words += text) },
  });
  if (error !== null || binary === undefined) throw new Error(`the ingest kernel does not compile:\n${words}`);
  putInPlace(kernelPath, binary);
  putInPlace(stamp, hash);
  return kernelPath;
}
