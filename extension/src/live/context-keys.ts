import * as vscode from "vscode";
import type { Session } from "./session.ts";
import { disposeAll } from "./signal.ts";
import type { SignIn } from "./sign-in.ts";

/** `sightline.state` and `sightline.localServer`, which choose the views' empty states and the menus. */
export function contextKeys(session: Session, signIn: SignIn): vscode.Disposable {
  const set = (key: string, value: string | boolean): void => void vscode.commands.executeCommand("setContext", key, value);
  set("sightline.state", session.state);
  set("sightline.localServer", signIn.localServer !== null);
  const open = [
    session.onState((state) => set("sightline.state", state)),
    signIn.onLocalServer((server) => set("sightline.localServer", server !== null)),
  ];
  return { dispose: () => disposeAll(open) };
}
