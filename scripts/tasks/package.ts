import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { buildExtension } from "../../extension/build.mjs";
import { dist, root } from "../artifacts.ts";
import { buildAgent } from "../build.ts";
import { packAgent } from "../pack-agent.ts";

await Promise.all([buildExtension(), buildAgent()]);
const vsix = join(dist, "sightline.vsix");
// Everything is bundled, so that there are no dependencies to pack.
await createVSIX({ cwd: join(root, "extension"), packagePath: vsix, dependencies: false, allowMissingRepository: true });
const tarball = await packAgent();
process.stdout.write(`${vsix}\n${tarball}\n`);
