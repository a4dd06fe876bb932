import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dist, root } from "./artifacts.ts";
import { buildSdk } from "./build.ts";
import { run } from "./run.ts";

const SDK_TYPES = `import type { CreateSightline } from "./api.js";
export type * from "./api.js";
export declare const createSightline: CreateSightline;
`;

/** The package that services install: the command line, the agent and the SDK, each bundled into one file. Returns the tarball's path. */
export async function packAgent(): Promise<string> {
  const directory = join(dist, "agent-package");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const { version, description, license, engines } = JSON.parse(readFileSync(join(root, "agent/package.json"), "utf8")) as Record<
    string,
    unknown
  >;
  copyFileSync(join(dist, "agent", "sightline.mjs"), join(directory, "sightline.mjs"));
  copyFileSync(join(root, "LICENSE"), join(directory, "LICENSE"));
  copyFileSync(join(root, "agent/README.md"), join(directory, "README.md"));
  await buildSdk(join(directory, "sdk.mjs"));
  if ((await run(join(root, "node_modules/.bin/tsc"), ["-b", "agent"])) !== 0) throw new Error("the agent's types do not compile");
  copyFileSync(join(root, "agent/build/sdk/api.d.ts"), join(directory, "api.d.ts"));
  writeFileSync(join(directory, "sdk.d.ts"), SDK_TYPES);
  const manifest = {
    name: "sightline",
    version,
    description,
    license,
    engines,
    type: "module",
    bin: { sightline: "./sightline.mjs" },
    exports: { ".": { types: "./sdk.d.ts", default: "./sdk.mjs" } },
  };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const code = await run("npm", ["pack", "--silent", "--pack-destination", dist, directory]);
  if (code !== 0) throw new Error(`npm pack ended with code ${code}`);
  return join(dist, `sightline-${String(version)}.tgz`);
}
