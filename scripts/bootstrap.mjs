// Runs a task of this repository under the pinned Node, installing the locked dependencies first when they are missing
// or older than the lock file. Depends on nothing but the system's Node (>= 20) and npm.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".sightline-lock");

const lockHash = () =>
  createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
const installedHash = () => (existsSync(stamp) ? readFileSync(stamp, "utf8") : "");

/** The environment as a person's shell has it: npm's own variables would steer a nested npm, and our .bin would run it under another Node. */
function outerEnvironment() {
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^npm_(lifecycle|package|config_local_prefix|command|execpath|node_execpath)/.test(name)) environment[name] = value;
  }
  environment.PATH = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((entry) => !/node_modules[\\/]\.bin|node-gyp-bin/.test(entry))
    .join(delimiter);
  return environment;
}

function install() {
  process.stderr.write("sightline: installing the locked dependencies…\n");
  const started = Date.now();
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    env: outerEnvironment(),
    encoding: "utf8",
  });
  if (npm.error || npm.status !== 0) {
    process.stderr.write(`${npm.stdout ?? ""}${npm.stderr ?? ""}`);
    process.stderr.write(
      `sightline: npm ci failed${npm.error ? ` (${npm.error.message})` : ""}. Is the package registry reachable? Run \`npm ci\` to see more.\n`,
    );
    process.exit(1);
  }
  // The npm package of Node carries its headers (60 MB); nothing here compiles against them.
  rmSync(join(root, "node_modules", "node", "node_modules"), { recursive: true, force: true });
  writeFileSync(stamp, lockHash());
  process.stderr.write(`sightline: installed in ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}

const [task, ...rest] = process.argv.slice(2);
if (installedHash() !== lockHash()) install();

const program = join(root, "scripts", "tasks", `${task.replace(":", "-")}.ts`);
if (!existsSync(program)) {
  process.stderr.write(`sightline: there is no task ${JSON.stringify(task)}; see "scripts" in package.json\n`);
  process.exit(2);
}
// The channel is how the task learns that this process is gone, however it went.
const child = spawn(join(bin, "node"), [program, ...rest], {
  cwd: root,
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// npm passes a signal to the shell between us, which dies of it and tells nobody: when the parent is gone, so is the reason to run.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 250).unref();
}
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
