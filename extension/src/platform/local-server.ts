/** Finds the running local server by the file it leaves in the home directory, and how to start one. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { LocalServer, StartCommand } from "./platform.ts";

/** Null when the file is missing or unreadable, or the process it names is gone. */
export async function findLocalServer(home: string = homedir()): Promise<LocalServer | null> {
  try {
    const found: unknown = JSON.parse(await readFile(join(home, ".sightline", "local.json"), "utf8"));
    if (!isLocalFile(found) || !isRunning(found.pid)) return null;
    const token = (await readFile(found.tokenFile, "utf8")).trim();
    return token === "" ? null : { url: found.url, token };
  } catch {
    return null;
  }
}

/** `npm start` in a clone of Sightline that holds one of the folders, the published command anywhere else. */
export async function startCommand(folders: readonly string[]): Promise<StartCommand> {
  for (const folder of folders) {
    const clone = await cloneAround(folder);
    if (clone !== null) return { command: "npm start", cwd: clone };
  }
  return { command: "npx sightline start" };
}

async function cloneAround(folder: string): Promise<string | null> {
  for (let directory = folder; ; directory = dirname(directory)) {
    if (await isClone(directory)) return directory;
    if (dirname(directory) === directory) return null;
  }
}

async function isClone(directory: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    return isRecord(manifest) && manifest["name"] === "sightline" && Array.isArray(manifest["workspaces"]);
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isRecord(error) && error["code"] === "EPERM";
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isLocalFile(value: unknown): value is { url: string; tokenFile: string; pid: number } {
  return isRecord(value) && typeof value["url"] === "string" && typeof value["tokenFile"] === "string" && Number.isInteger(value["pid"]);
}
