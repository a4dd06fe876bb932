/** Which timings belong to which open document, and on which line: shared by decorations, lenses and hovers. */
import * as vscode from "vscode";
import { type PlacedTiming, placeTimings } from "./placement.ts";
import { pathsOfDocument } from "./source-path.ts";
import type { CodeTiming } from "./timing.ts";
import type { TimingFeed } from "./timing-feed.ts";

export function timingsOfDocument(feed: TimingFeed, document: vscode.TextDocument): readonly PlacedTiming[] {
  const mine = ownTimings(feed.timings, document);
  return mine.length === 0 ? [] : placeTimings(mine, document.getText());
}

function ownTimings(timings: readonly CodeTiming[], document: vscode.TextDocument): readonly CodeTiming[] {
  if (timings.length === 0 || !isCode(document)) return [];
  const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.path ?? "";
  const mappings = vscode.workspace.getConfiguration("sightline", document.uri).get<Record<string, string>>("pathMappings", {});
  const files = [...new Set(timings.map((timing) => timing.file))];
  const mine = pathsOfDocument(files, document.uri.path, mappings, folder);
  return timings.filter((timing) => mine.has(timing.file));
}

/** Files of the workspace wherever it lives, not outputs, diffs of commits or settings. */
export const isCode = (document: vscode.TextDocument): boolean =>
  !["git", "output", "vscode-settings", "debug", "comment", "sightline"].includes(document.uri.scheme);
