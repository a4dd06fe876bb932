import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../artifacts.ts";
import { buildKernels } from "../build-kernel.mjs";
import { buildPage } from "../build-page.mjs";
import { run } from "../run.ts";

const wrangler = join(root, "node_modules/.bin/wrangler");
const tokenFile = join(root, ".sightline", "cloudflare-admin-token");
const args = process.argv.slice(2);

await Promise.all([buildPage(), buildKernels()]);
if (args.includes("--dry-run")) process.exit(await run(wrangler, ["deploy", "--outdir", "dist/wrangler", ...args]));

if ((await run(wrangler, ["whoami"])) !== 0) {
  process.stderr.write("sightline: wrangler is not signed in. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, then deploy again.\n");
  process.exit(1);
}
if (!existsSync(tokenFile)) {
  mkdirSync(join(root, ".sightline"), { recursive: true, mode: 0o700 });
  writeFileSync(tokenFile, `sl_default_${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
}
// The secret travels with the upload, so that no version is ever reachable without it. Only its hash leaves this machine.
const secrets = mkdtempSync(join(tmpdir(), "sightline-deploy-"));
const file = join(secrets, "secrets.json");
const sha256 = createHash("sha256").update(readFileSync(tokenFile, "utf8").trim()).digest("hex");
writeFileSync(file, JSON.stringify({ ADMIN_TOKEN_SHA256: sha256 }), { mode: 0o600 });
try {
  const code = await run(wrangler, ["deploy", "--secrets-file", file, ...args]);
  if (code === 0) process.stdout.write(`\nSign in with the admin token in .sightline/cloudflare-admin-token\n`);
  process.exitCode = code;
} finally {
  rmSync(secrets, { recursive: true, force: true });
}
