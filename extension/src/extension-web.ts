/** Entry of the browser's extension host: no files of the machine, no processes, the browser's own WebSocket. */
import { createHttpDataSource } from "@sightline/shared/api/http-data-source";
import { webSocketOpener } from "@sightline/shared/api/ports";
import type { ExtensionContext } from "vscode";
import { activateOn } from "./extension.ts";
import { systemClock } from "./platform/system-clock.ts";

export function activate(context: ExtensionContext): void {
  const openWebSocket = webSocketOpener(WebSocket);
  activateOn(context, {
    // Called as a method of the options, the browser's fetch would refuse its `this`.
    openSource: (url, token) =>
      createHttpDataSource({
        url,
        token,
        fetch: (...request) => fetch(...request),
        openWebSocket,
        clock: systemClock,
        random: Math.random,
      }),
    findLocalServer: () => Promise.resolve(null),
    startCommand: () => Promise.resolve(null),
  });
}
