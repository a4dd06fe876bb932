/** Starts the local stack in a terminal, where its output is seen and Ctrl-C ends it. */
import * as vscode from "vscode";
import type { Platform } from "../platform/platform.ts";
import type { SignIn } from "./sign-in.ts";

export function startServerCommand(platform: Platform, signIn: SignIn): vscode.Disposable {
  return vscode.commands.registerCommand("sightline.startLocalServer", async () => {
    const running = await platform.findLocalServer();
    if (running !== null) {
      void vscode.commands.executeCommand("sightline.signIn", "local");
      return;
    }
    const folders = (vscode.workspace.workspaceFolders ?? [])
      .filter((folder) => folder.uri.scheme === "file")
      .map((folder) => folder.uri.fsPath);
    const start = vscode.workspace.isTrusted ? await platform.startCommand(folders) : await platform.startCommand([]);
    if (start === null) {
      void vscode.window.showInformationMessage(
        "A local server cannot be started from a browser window. Run `npx sightline start` in a terminal and sign in to it.",
      );
      return;
    }
    const terminal = vscode.window.createTerminal({ name: "Sightline", ...(start.cwd === undefined ? {} : { cwd: start.cwd }) });
    terminal.show(true);
    terminal.sendText(start.command);
    signIn.awaitLocal();
  });
}
