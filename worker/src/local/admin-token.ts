import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface AdminToken {
  readonly file: string;
  readonly token: string;
  readonly sha256: string;
}

/** `D/admin-token`, mode 0600: made on the first start, read on later ones. 256 bits of secret. */
export function ensureAdminToken(directory: string): AdminToken {
  const file = join(directory, "admin-token");
  if (!existsSync(file)) {
    // In one step: a full disk leaves no empty one behind.
    writeFileSync(`${file}.new`, `sl_default_${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const token = readFileSync(file, "utf8").trim();
  if (!/^sl_default_[\w-]{20,}$/.test(token)) {
    throw new Error(`${file} does not hold an admin token (sl_default_…). Delete it and start again to make a new one.`);
  }
  return { file, token, sha256: createHash("sha256").update(token).digest("hex") };
}
