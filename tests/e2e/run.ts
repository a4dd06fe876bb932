/**
 * The end-to-end run: real VS Code (code-server) and Chromium against the whole stack. `--fake` uses a fake server and
 * leaves out what only the real one does; `--keep` keeps the temporary home for a look at its logs.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExtension } from "../../extension/build.mjs";
import { launchChromium } from "./browser.ts";
import { createChecks } from "./checks.ts";
import { killAll } from "./children.ts";
import { dashboardChecks } from "./dashboard-checks.ts";
import { Editor, startEditor } from "./editor.ts";
import { editorChecks } from "./editor-checks.ts";
import { findChromium, installEditors } from "./install.ts";
import { freePort, Script, startFake, startRealServer } from "./server.ts";

const root = join(import.meta.dirname, "..", "..");
const results = join(root, "test-results");
const fake = process.argv.includes("--fake");
const home = mkdtempSync(join(tmpdir(), "sightline-e2e-"));
const log = (name: string): string => join(results, `${name}.log`);

for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    killAll();
    process.exit(1);
  });
}
process.on("exit", killAll);

async function packageExtension(): Promise<string> {
  await buildExtension();
  const vsix = join(root, "dist", "sightline.vsix");
  mkdirSync(join(root, "dist"), { recursive: true });
  const vsce = join(root, "node_modules", ".bin", "vsce");
  const packed = spawnSync(vsce, ["package", "--no-dependencies", "--out", vsix], { cwd: join(root, "extension"), encoding: "utf8" });
  if (packed.status !== 0) throw new Error(`vsce package failed: ${packed.stdout}${packed.stderr}`);
  return vsix;
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
installEditors();
const vsix = process.env["SIGHTLINE_VSIX"] ?? (await packageExtension());
const folder = join(root, "examples", "shop");

const editorServer = await startEditor({
  vsix,
  folder,
  home,
  port: await freePort(),
  log: log("code-server"),
  settings: { "workbench.colorTheme": "Dark Modern" },
});
const browser = await launchChromium(findChromium());
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "dark" });
const console: string[] = [];
page.on("console", (message) => {
  if (message.type() === "error") console.push(message.text());
});
const editor = new Editor(page);
const shot = async (name: string): Promise<void> => {
  await editor.settled().catch(() => undefined);
  await page.screenshot({ path: join(results, `${name}.png`) });
};
const checks = createChecks((name) => shot(`failed-${name.replaceAll(/\W+/g, "-").slice(0, 60)}`));

try {
  await editor.open(editorServer.url);
  await editorChecks({
    editor,
    checks,
    shot,
    fake,
    startServer: () => (fake ? startFake(home) : startRealServer(root, home, log("stack"))),
    afterSignIn: async (server) => {
      if (!fake) await dashboardChecks({ browser, checks, server, script: new Script(server), results });
    },
  });
} finally {
  await browser.close().catch(() => undefined);
  await editorServer.child.stop();
  killAll();
  if (console.length > 0 && checks.failed > 0)
    process.stdout.write(`errors on the page's console:\n  ${[...new Set(console)].slice(0, 10).join("\n  ")}\n`);
  if (!process.argv.includes("--keep")) rmSync(home, { recursive: true, force: true });
}
process.stdout.write(`screenshots and logs are in ${results}\n${checks.passed} passed, ${checks.failed} failed\n`);
process.exit(checks.failed === 0 && checks.passed > 0 ? 0 : 1);
