/** Entry of the browser's extension host: no files of the machine, no processes, the browser's own WebSocket. */
import { createHttpDataSource } from "@sightline/shared/api/http-data-source";
import type { ExtensionContext } from "vscode";
import { activateOn } from "./extension.ts";

export function activate(context: ExtensionContext): void {
  activateOn(context, {
    openSource: (url, token) => createHttpDataSource({ url, token }),
    findLocalServer: () => Promise.resolve(null),
    startCommand: () => Promise.resolve(null),
  });
}
