import { homedir, hostname } from "node:os";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { loadConfig } from "../config/load-config.ts";
import type { CommandIo } from "./agent-command.ts";
import { readTextFile } from "./read-text-file.ts";

/** Flags by which every command finds its server and shows who it is. */
export const SERVER_OPTIONS = {
  url: { type: "string" },
  token: { type: "string" },
  "token-file": { type: "string" },
  config: { type: "string" },
} as const;

export type ApiCall = (method: string, path: string, body?: unknown) => Promise<Result<unknown>>;

/** Calls the server that flags, environment or file name. Failures carry the server's own sentence. Codes: `bad_config`, the server's, `unreachable`. */
export function apiOf(flags: Readonly<Record<string, string | undefined>>, io: CommandIo): Result<ApiCall> {
  const config = loadConfig({
    flags,
    environment: io.environment,
    readFile: readTextFile,
    home: homedir(),
    hostName: hostname(),
  });
  if (!config.ok) return config;
  const { url, token } = config.value;
  return ok(async (method, path, body) => {
    let response: Response;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: io.signal,
      });
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return fail("unreachable", `${url} does not answer: ${reason}`);
    }
    const answer: unknown = response.headers.get("content-type")?.includes("json") === true ? await response.json() : await response.text();
    if (response.ok) return ok(answer);
    const { code, detail } = typeof answer === "object" && answer !== null ? (answer as { code?: string; detail?: string }) : {};
    return fail(code ?? String(response.status), detail ?? `the server answered ${response.status}`);
  });
}
