/** Entry of the Node extension host: desktop, remote, container. */
import { createHttpDataSource } from "@sightline/shared/api/http-data-source";
import { webSocketOpener } from "@sightline/shared/api/ports";
import type { ExtensionContext } from "vscode";
import { WebSocket } from "ws";
import { activateOn } from "./extension.ts";
import { findLocalServer, startCommand } from "./platform/local-server.ts";
import { systemClock } from "./platform/system-clock.ts";

export function activate(context: ExtensionContext): void {
  // `ws` speaks the browser's interface; its types name each event apart, which no common signature fits.
  const openWebSocket = webSocketOpener(WebSocket as unknown as Parameters<typeof webSocketOpener>[0]);
  activateOn(context, {
    openSource: (url, token) => createHttpDataSource({ url, token, fetch, openWebSocket, clock: systemClock, random: Math.random }),
    findLocalServer: () => findLocalServer(),
    startCommand,
  });
}
