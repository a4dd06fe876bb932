/** The file of this workspace that a reported path means. */
import * as vscode from "vscode";
import { mapPath, pathAgreement } from "./source-path.ts";

const CANDIDATES = 50;

/** Null when no file of the workspace agrees with the path. */
export async function findSource(reported: string): Promise<vscode.Uri | null> {
  const name = reported.split(/[\\/]/).at(-1) ?? "";
  if (name === "") return null;
  const found = await vscode.workspace.findFiles(`**/${name.replaceAll(/[[\]{}*?]/g, "?")}`, "**/node_modules/**", CANDIDATES);
  let best: vscode.Uri | null = null;
  let agreement = 0;
  for (const uri of found) {
    const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.path ?? "";
    const mappings = vscode.workspace.getConfiguration("sightline", uri).get<Record<string, string>>("pathMappings", {});
    const here = pathAgreement(mapPath(reported, mappings, folder), uri.path);
    if (here > agreement) {
      best = uri;
      agreement = here;
    }
  }
  return best;
}
