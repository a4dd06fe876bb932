import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import type { ApplyChange, ApplyResponse } from "@sightline/shared/api/responses";
import type { CodeFile } from "@sightline/shared/as-code/code-files";
import type { CommandIo } from "./agent-command.ts";
import { SERVER_OPTIONS, apiOf } from "./api-call.ts";
import { linesThatDiffer } from "./line-diff.ts";
import { readTextFile } from "./read-text-file.ts";

export const APPLY_USAGE = `sightline apply [options] DIR|FILE…   bring the project's configuration to what files say
  Every .yml, .yaml and .json below DIR: rule files, alertmanager.yml, OpenSLO, and users, schedules, policies, slos,
  receivers, templates; every .tmpl is a template of notifications. What of an alertmanager.yml is not taken over is named.
  --dry-run        show what would change and change nothing
  --prune          remove what an earlier apply put and the files no longer hold
  --url URL, --token TOKEN, --token-file FILE      as for the agent; the token must be an administrator's
All of it is applied or nothing. Ends with 0 when done, 1 when refused, 2 when it cannot begin.
`;

const CONFIGURATION = /\.(?:ya?ml|json|tmpl)$/;

/** Files below a directory in one order everywhere; hidden ones and node_modules are left alone. */
function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(path, entry.name)) : CONFIGURATION.test(entry.name) ? [join(path, entry.name)] : [],
    );
}

const MARKS: Readonly<Record<ApplyChange["action"], string>> = { create: "+", update: "~", delete: "-", unchanged: "=" };

function shownChange({ kind, name, path, action, before, after }: ApplyChange): string {
  const head = `${MARKS[action]} ${kind} ${name}${path === null ? "" : `  (${path})`}\n`;
  if (action !== "update") return head;
  const lines = linesThatDiffer(before, after);
  // Secrets are never shown.
  return head + (lines.length === 0 ? ["a secret"] : lines).map((line) => `    ${line}\n`).join("");
}

function summary({ changes, dryRun }: ApplyResponse): string {
  const count = (action: ApplyChange["action"]): number => changes.filter((change) => change.action === action).length;
  const changed = changes.filter(({ action }) => action !== "unchanged");
  const numbers = `${count("create")} new, ${count("update")} changed, ${count("delete")} removed, ${count("unchanged")} as they were`;
  if (changed.length === 0) return `Nothing to change: ${numbers}.\n`;
  return `${changed.map(shownChange).join("")}${dryRun ? "Would be: " : "Applied: "}${numbers}.\n`;
}

/** Resolves to the exit code. */
export async function applyCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  let files: readonly CodeFile[];
  let flags: Readonly<Record<string, string | undefined>>;
  let options: { readonly dryRun: boolean; readonly prune: boolean };
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { ...SERVER_OPTIONS, "dry-run": { type: "boolean" }, prune: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help === true) {
      io.out(APPLY_USAGE);
      return 0;
    }
    if (positionals.length === 0) throw new Error("say what to apply: a directory or a file");
    const { "dry-run": dryRun = false, prune = false, help: _, ...server } = values;
    options = { dryRun, prune };
    flags = server;
    files = positionals.flatMap((path) =>
      filesBelow(path).map((file) => ({ path: relative(".", file) || file, text: readTextFile(file) })),
    );
    if (files.length === 0) throw new Error(`there is no .yml, .yaml, .json or .tmpl below ${positionals.join(", ")}`);
  } catch (error) {
    io.err(`sightline apply: ${error instanceof Error ? error.message : String(error)}\n\n${APPLY_USAGE}`);
    return 2;
  }
  const call = apiOf(flags, io);
  if (!call.ok) {
    io.err(`sightline apply: ${call.error.message}\n`);
    return 2;
  }
  const answer = await call.value("POST", "/v1/apply", { files, ...options });
  if (!answer.ok) {
    io.err(`sightline apply: ${answer.error.message}\n`);
    return answer.error.code === "unreachable" ? 2 : 1;
  }
  // The server's own response type.
  const response = answer.value as ApplyResponse;
  for (const warning of response.warnings ?? []) io.err(`sightline apply: warning: ${warning}\n`);
  io.out(summary(response));
  return 0;
}
