/** Bundles the extension: for Node (`dist/extension.js`), for browser windows (`dist/extension-web.js`), and the panel's page. */
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = (file) => join(here, "src", file);
const shared = { bundle: true, minify: true, sourcemap: false, legalComments: "none", logLevel: "warning", absWorkingDir: here };

export async function buildExtension() {
  await rm(join(here, "dist"), { recursive: true, force: true });
  await Promise.all([
    build({
      ...shared,
      entryPoints: { extension: source("extension-node.ts") },
      outdir: "dist",
      platform: "node",
      format: "cjs",
      target: "node20",
      external: ["vscode", "bufferutil", "utf-8-validate"],
    }),
    build({
      ...shared,
      entryPoints: { "extension-web": source("extension-web.ts") },
      outdir: "dist",
      platform: "browser",
      format: "cjs",
      target: "es2022",
      external: ["vscode"],
    }),
    build({
      ...shared,
      entryPoints: { webview: source("webview/main.ts") },
      outdir: "dist",
      platform: "browser",
      format: "iife",
      target: "es2022",
      loader: { ".css": "css" },
    }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildExtension();
