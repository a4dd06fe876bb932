import { join } from "node:path";
import { root } from "../artifacts.ts";
import { run } from "../run.ts";

process.exit(await run(join(root, "node_modules/.bin/oxfmt"), process.argv.length > 2 ? process.argv.slice(2) : ["."]));
