import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export interface ServerAddress {
  readonly url: string;
  readonly token: string;
}

/** Given options first, then the environment, then `~/.sightline/local.json` of a running local server; null without any. */
export function findServer(
  given: { readonly url?: string; readonly token?: string },
  environment: Readonly<Record<string, string | undefined>>,
): ServerAddress | null {
  const url = given.url ?? environment["SIGHTLINE_URL"];
  const token = given.token ?? environment["SIGHTLINE_TOKEN"] ?? readOptional(environment["SIGHTLINE_TOKEN_FILE"]);
  if (url !== undefined && token !== undefined) return { url, token };
  try {
    const local = JSON.parse(readFileSync(join(homedir(), ".sightline", "local.json"), "utf8")) as { url: string; tokenFile: string };
    return { url: url ?? local.url, token: token ?? readFileSync(local.tokenFile, "utf8").trim() };
  } catch {
    return null;
  }
}

function readOptional(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
