import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** `~/.sightline/local.json`: how the extension and the command line find a running local server. */
export interface LocalServer {
  readonly url: string;
  readonly tokenFile: string;
  readonly pid: number;
}

const localFile = (home: string): string => join(home, ".sightline", "local.json");

/** Returns what takes the note away again, unless a later start has replaced it. */
export function announceLocalServer(home: string, server: LocalServer): () => void {
  const path = localFile(home);
  makeFolder(dirname(path));
  writeFileSync(`${path}.${server.pid}`, `${JSON.stringify(server)}\n`, { mode: 0o600 });
  renameSync(`${path}.${server.pid}`, path);
  return () => {
    try {
      if ((JSON.parse(readFileSync(path, "utf8")) as LocalServer).pid === server.pid) rmSync(path);
    } catch {
      // Gone or replaced already: nothing of ours is left.
    }
  };
}
