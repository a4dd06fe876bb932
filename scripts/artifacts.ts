import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Artifacts } from "../worker/src/local/supervisor.ts";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const dist = join(root, "dist");

const compatibilityDate = /^compatibility_date = "(.+)"$/m.exec(readFileSync(join(root, "wrangler.toml"), "utf8"))?.[1];
if (compatibilityDate === undefined) throw new Error("wrangler.toml names no compatibility_date");

/** Where `build.ts` leaves what the local stack runs. */
export const artifacts = (workerModules: readonly string[]): Artifacts => ({
  workerd: join(root, "node_modules", "workerd", "bin", "workerd"),
  worker: join(dist, "worker"),
  workerModules,
  compatibilityDate,
  agent: join(dist, "agent", "sightline.mjs"),
  shop: join(root, "examples", "shop", "src", "main.ts"),
});
