// Bundles the web dashboard into dist/page/, as text modules that the Worker embeds. Run it before anything that imports the Worker.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { putInPlace } from "./put-in-place.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Writes dist/page/app.js.txt and dist/page/app.css.txt. */
export async function buildPage() {
  const directory = join(root, "dist", "page");
  const ui = join(root, "shared", "src", "ui");
  const result = await build({
    entryPoints: { app: join(ui, "page", "main.ts"), style: join(ui, "style", "index.css") },
    outdir: directory,
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: ["es2022", "chrome120", "firefox120", "safari17"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  for (const file of result.outputFiles) {
    putInPlace(join(directory, file.path.endsWith(".css") ? "app.css.txt" : "app.js.txt"), file.contents);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
