/** Entry of the Node extension host: desktop, remote, container. */
import { createHttpDataSource } from "@sightline/shared/api/http-data-source";
import type { ExtensionContext } from "vscode";
import { WebSocket } from "ws";
import { activateOn } from "./extension.ts";
import { findLocalServer, startCommand } from "./platform/local-server.ts";

export function activate(context: ExtensionContext): void {
  activateOn(context, {
    openSource: (url, token) =>
      createHttpDataSource({
        url,
        token,
        openSocket: (address) => new WebSocket(address, { headers: { authorization: `Bearer ${token}` } }),
      }),
    findLocalServer: () => findLocalServer(),
    startCommand,
  });
}
