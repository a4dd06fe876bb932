/** Where the server is (a setting) and the token for it (secret storage, one for each address). */
import * as vscode from "vscode";

export const tokenKey = (url: string): string => `sightline.token ${url}`;

/** Scheme, host and port without a trailing slash; null when it is no http address. */
export function normaliseUrl(text: string): string | null {
  try {
    const url = new URL(text.trim());
    if (url.protocol !== "http:" && url.protocol !== "https:") return null;
    return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  } catch {
    return null;
  }
}

export function configuredUrl(): string {
  const text = vscode.workspace.getConfiguration("sightline").get("url", "");
  return normaliseUrl(text) ?? "http://127.0.0.1:8787";
}

/** Writes the address where it is set now: in the workspace when it overrides the person's own. */
export async function rememberUrl(url: string): Promise<void> {
  if (configuredUrl() === url) return;
  const configuration = vscode.workspace.getConfiguration("sightline");
  const inWorkspace = configuration.inspect("url")?.workspaceValue !== undefined;
  await configuration.update("url", url, inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}
