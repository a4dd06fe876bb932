/** Installs code-server and playwright-core from their own lock when missing or stale, and finds a Chromium. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const here = import.meta.dirname;
const stamp = join(here, "node_modules", ".sightline-lock");
const BUILD_PACKAGES = [
  "chromium",
  "libkrb5-dev",
  "libx11-dev",
  "libxkbfile-dev",
  "libsecret-1-dev",
  "pkg-config",
  "make",
  "g++",
  "python3",
];

export const codeServerEntry = join(here, "node_modules", "code-server", "out", "node", "entry.js");

export function installEditors(): void {
  const lock = createHash("sha256")
    .update(readFileSync(join(here, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock && existsSync(codeServerEntry)) return;
  process.stdout.write("installing code-server and playwright-core (about two minutes, once)\n");
  if (findChromium() === null || !existsSync("/usr/include/libsecret-1")) installSystemPackages();
  // npm itself must run under the pinned Node, for code-server compiles its native modules for the Node that installs them.
  const environment = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
  for (const name of Object.keys(environment))
    if (name.startsWith("npm_") && name !== "npm_config_registry") delete (environment as Record<string, string | undefined>)[name];
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: here,
    env: environment,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status !== 0)
    throw new Error(
      "npm ci in tests/e2e failed; its output is above. code-server needs a C++ compiler, python3 and the libraries named in tests/e2e/install.ts.",
    );
  writeFileSync(stamp, lock);
}

function installSystemPackages(): void {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(`Chromium or libraries are missing. Install: ${BUILD_PACKAGES.join(" ")}`);
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit", env: environment });
  const installed = spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...BUILD_PACKAGES], {
    stdio: ["ignore", "ignore", "inherit"],
    env: environment,
  });
  if (installed.status !== 0) throw new Error(`apt-get could not install ${BUILD_PACKAGES.join(" ")}`);
}

export function findChromium(): string | null {
  const candidates = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return candidates.find((path) => path !== undefined && existsSync(path)) ?? null;
}
