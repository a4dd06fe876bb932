// Compiles worker/src/kernel/assembly to ingest-kernel.wasm and its base-tier/ to base-tier.wasm, when they have changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { putInPlace } from "./put-in-place.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernels = join(root, "worker", "src", "kernel");
const twinOfBaseTier = join(root, "shared", "src", "anomaly");
const TWIN_FILES = ["layout.ts", "tuning.ts", "kind.ts", "alarm-gate.ts", "base-detector.ts", "sample-constants.ts"];

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

const INGEST = { name: "ingest-kernel", sources: join(kernels, "assembly"), from: [], written: async () => ({}) };
const BASE_TIER = {
  name: "base-tier",
  sources: join(kernels, "assembly", "base-tier"),
  from: TWIN_FILES.map((file) => join(twinOfBaseTier, file)),
  written: constantsOfTwin,
};

/** For Node; a Worker's host compiles it before. */
export const compileKernel = async () => new WebAssembly.Module(readFileSync(await built(INGEST)));
export const compileBaseTier = async () => new WebAssembly.Module(readFileSync(await built(BASE_TIER)));

/** Rejects with the compiler's words. */
export async function buildKernels() {
  for (const kernel of [INGEST, BASE_TIER]) await built(kernel);
}

/** Resolves with the module's path. */
async function built(kernel) {
  const { name, sources } = kernel;
  const stamp = join(root, "build", `${name}.sha256`);
  const path = join(kernels, `${name}.wasm`);
  const hash = sourceHash(kernel);
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return path;
  const written = await kernel.written();
  // Loading the compiler takes half a second: only when there is something to compile.
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  let words = "";
  const { error } = await asc.main(["index.ts", "--baseDir", sources, "--outFile", "kernel.wasm", ...FLAGS], {
    readFile: (file, base) => written[basename(file)] ?? (existsSync(join(base, file)) ? readFileSync(join(base, file), "utf8") : null),
    writeFile: (_name, contents) => void (binary = contents),
    listFiles: () => [],
    stderr: { write: (text) => void (words += text) },
  });
  if (error !== null || binary === undefined) throw new Error(`${name} does not compile:\n${words}`);
  putInPlace(path, binary);
  putInPlace(stamp, hash);
  return path;
}

function sourceHash({ sources, from }) {
  const hash = createHash("sha256").update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(join(root, "package-lock.json")));
  const own = readdirSync(sources, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = own.map((entry) => entry.name).sort();
  for (const path of [...names.map((name) => join(sources, name)), ...from])
    hash.update(`\n${basename(path)}\n`).update(readFileSync(path));
  return hash.digest("hex");
}

/** `layout` and `tuning` of the base tier, from the twin's own: offsets in bytes, everything else as it stands. */
async function constantsOfTwin() {
  const [layout, tuning, kind, gate, detector, sample] = await Promise.all(
    TWIN_FILES.map((file) => import(pathToFileURL(join(twinOfBaseTier, file)).href)),
  );
  const { PROTOTYPES, BLOCK_PROTOTYPES, RING, DAY_BINS, WEEK_BINS, SHEET, SERIES_PER_SLAB } = layout;
  const integers = { PROTOTYPES, BLOCK_PROTOTYPES, RING, DAY_BINS, WEEK_BINS, SHEET, SERIES_PER_SLAB };
  const doubles = { SUSPECT: gate.SUSPECT, RISE: gate.RISE, LEARNING_STEPS: detector.LEARNING_STEPS };
  return {
    "layout.ts": [
      constants("i32", "", integers, 1),
      constants("f64", "", { ROW_FROM_STEP: layout.ROW_FROM_STEP }, 1),
      constants("usize", "", { CELL_BYTES: layout.CELL * 8, ROW_BYTES: layout.ROW * 4, SHEETS_BYTES: layout.SHEETS_BYTES }, 1),
      constants("usize", "C_", layout.C, 8),
      constants("usize", "BYTE_", layout.BYTE, 1),
      constants("usize", "I_", layout.I, 4),
      constants("usize", "D_", layout.D, 8),
      constants("usize", "H_", layout.H, 4),
      constants("usize", "B_", layout.B, 4),
    ].join(""),
    "tuning.ts": [
      constants("f64", "", doubles, 1),
      constants("f64", "T_", tuning.TUNING, 1),
      constants("f64", "KIND_", kind.KIND, 1),
      constants("f64", "S_", sample.SAMPLE, 1),
      constants("i32", "JUDGED_AS_", sample.JUDGED_AS, 1),
      constants("i32", "UNSURE_", sample.UNSURE, 1),
    ].join(""),
  };
}

function constants(type, prefix, values, unit) {
  return Object.entries(values)
    .map(([name, value]) => `export const ${prefix}${name}: ${type} = ${literal(type, value * unit)};\n`)
    .join("");
}

const literal = (type, value) => (type === "f64" && Number.isInteger(value) ? `${value}.0` : String(value));
