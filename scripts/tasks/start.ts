import { relative } from "node:path";
import { START_USAGE, parseStartOptions } from "../../worker/src/local/options.ts";
import type { StartOptions } from "../../worker/src/local/options.ts";
import { createLog } from "../../worker/src/local/log.ts";
import { inWords } from "../../worker/src/local/room-on-disk.ts";
import { startStack } from "../../worker/src/local/supervisor.ts";
import { artifacts, root } from "../artifacts.ts";
import { buildStack } from "../build.ts";

function readOptions(): StartOptions {
  try {
    const options = parseStartOptions(process.argv.slice(2), process.env);
    if (options !== "help") return options;
    process.stdout.write(START_USAGE);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`sightline: ${(error as Error).message}\n\n${START_USAGE}`);
    process.exit(2);
  }
}

const options = readOptions();
const log = createLog(options.logFormat, (line) => process.stdout.write(`${line}\n`), Date.now);
const startedAt = performance.now();

// Whatever asks us to end may ask more than once, and may ask while we are still starting.
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.abort());
process.on("disconnect", () => ending.abort());

try {
  const built = await buildStack().catch((error: unknown) => {
    throw inWords(error, root);
  });
  const stack = await startStack(options, artifacts(built), log);
  log.write(
    "info",
    `Sightline is ready in ${((performance.now() - startedAt) / 1000).toFixed(1)} s

  Dashboard   ${stack.url}
  Sign in     with the admin token in ${relative(process.cwd(), stack.tokenFile)}
  VS Code     npm run package, then: code --install-extension dist/sightline.vsix
  Query       curl -H "Authorization: Bearer $(cat ${relative(process.cwd(), stack.tokenFile)})" '${stack.url}/api/v1/query?query=system_cpu_utilization_ratio'

Ctrl-C ends it.`,
  );
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener("abort", resolve));
  log.write("info", "stopping");
  await stack.stop();
  log.write("info", "stopped");
  process.exit(0);
} catch (error) {
  log.write("error", (error as Error).message);
  process.exit(1);
}
