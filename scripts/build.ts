import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, stop } from "esbuild";
import type { BuildOptions, Plugin } from "esbuild";
import { dist, root } from "./artifacts.ts";
import { buildKernels } from "./build-kernel.mjs";
import { buildPage } from "./build-page.mjs";
import { putInPlace } from "./put-in-place.mjs";

/** Two starts in one clone build at one time: neither may find what the other has half written, or emptied. */
async function bundle(options: BuildOptions): Promise<void> {
  const { outputFiles } = await build({ ...options, bundle: true, legalComments: "none", logLevel: "warning", write: false });
  for (const { path, contents } of outputFiles) putInPlace(path, contents);
}

/** Zod brings its messages in 50 languages, of which English is used: 0.3 MB of program, which workerd holds twice. */
const oneLanguage: Plugin = {
  name: "one-language",
  setup(bundling) {
    bundling.onLoad({ filter: /zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({ contents: 'export { default as en } from "./en.js";' }));
  },
};

/** The Worker for bare workerd. Returns its modules, entry first. */
async function buildWorker(): Promise<readonly string[]> {
  const directory = join(dist, "worker");
  const wasm: string[] = [];
  const keepWasm: Plugin = {
    name: "wasm-modules",
    setup(bundling) {
      bundling.onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
        wasm.push(join(resolveDir, path));
        return { path: `./${basename(path)}`, external: true };
      });
    },
  };
  await bundle({
    entryPoints: [join(root, "worker/src/index.ts")],
    outfile: join(directory, "index.js"),
    format: "esm",
    platform: "neutral",
    target: "es2024",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "import"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".txt": "text", ".html": "text", ".css": "text" },
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [keepWasm, oneLanguage],
  });
  const names = [...new Set(wasm)].map((path) => {
    putInPlace(join(directory, basename(path)), readFileSync(path));
    return basename(path);
  });
  return ["index.js", ...names];
}

/** A Node program of one file; CommonJS dependencies find `require` again. */
async function buildNodeProgram(entry: string, outfile: string, minify: boolean): Promise<void> {
  await bundle({
    entryPoints: [join(root, entry)],
    outfile,
    format: "esm",
    platform: "node",
    target: "node20",
    minifyWhitespace: minify,
    minifySyntax: minify,
    sourcemap: minify ? false : "linked",
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  });
}

export const buildAgent = (): Promise<void> => buildNodeProgram("agent/src/cli/main.ts", join(dist, "agent", "sightline.mjs"), true);

export const buildSdk = (outfile: string): Promise<void> => buildNodeProgram("agent/src/sdk/index.ts", outfile, false);

/** All that `npm start` needs. Returns the Worker's modules. */
export async function buildStack(): Promise<readonly string[]> {
  const [modules] = await Promise.all([Promise.all([buildPage(), buildKernels()]).then(buildWorker), buildAgent()]);
  // Its service would stay beside the stack, with more memory than workerd.
  await stop();
  return modules;
}
