import { join } from "node:path";
import { dist, root } from "../artifacts.ts";
import { buildAgent } from "../build.ts";
import { packAgent } from "../pack-agent.ts";
import { run } from "../run.ts";
import { buildExtension } from "../../extension/build.mjs";

await Promise.all([buildExtension(), buildAgent()]);
const vsix = join(dist, "sightline.vsix");
const code = await run("sh", ["-c", `cd extension && "${join(root, "node_modules/.bin/vsce")}" package --no-dependencies --out "${vsix}"`]);
if (code !== 0) process.exit(code);
const tarball = await packAgent();
process.stdout.write(`${vsix}\n${tarball}\n`);
