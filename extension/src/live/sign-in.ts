/** Signing in and out, and noticing a server on this machine: one click then. */
import * as vscode from "vscode";
import type { LocalServer, Platform } from "../platform/platform.ts";
import { configuredUrl, normaliseUrl, rememberUrl, tokenKey } from "./credentials.ts";
import type { Session } from "./session.ts";
import { disposeAll, Signal } from "./signal.ts";

const LOOK_EVERY_MS = 2_000;
const ANSWER_MS = 8_000;

export class SignIn {
  readonly #session: Session;
  readonly #platform: Platform;
  readonly #secrets: vscode.SecretStorage;
  readonly #open: vscode.Disposable[] = [];
  readonly #localChanged = new Signal<LocalServer | null>();
  #local: LocalServer | null = null;
  #offered = false;
  /** The person asked for a local server: signing in to it is what they want. */
  #awaitingLocal = false;

  constructor(session: Session, platform: Platform, secrets: vscode.SecretStorage) {
    this.#session = session;
    this.#platform = platform;
    this.#secrets = secrets;
    const timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#open.push(
      { dispose: () => clearInterval(timer) },
      secrets.onDidChange((event) => {
        if (event.key === tokenKey(configuredUrl())) void this.#applyStored();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("sightline.url")) void this.#applyStored();
      }),
      vscode.commands.registerCommand("sightline.signIn", (where?: unknown) => this.#signIn(where === "local")),
      vscode.commands.registerCommand("sightline.signOut", () => this.#signOut()),
    );
    void this.#start();
  }

  readonly onLocalServer = (listener: (server: LocalServer | null) => void): { dispose(): void } => this.#localChanged.listen(listener);

  get localServer(): LocalServer | null {
    return this.#local;
  }

  awaitLocal(): void {
    this.#awaitingLocal = true;
  }

  dispose(): void {
    disposeAll(this.#open);
  }

  async #start(): Promise<void> {
    await this.#applyStored();
    await this.#look();
  }

  async #applyStored(): Promise<void> {
    const url = configuredUrl();
    const token = await this.#secrets.get(tokenKey(url));
    this.#session.use(url, token ?? null);
  }

  async #look(): Promise<void> {
    const { state } = this.#session;
    if (state === "live" || state === "connecting") return;
    const found = await this.#platform.findLocalServer();
    if (found?.url !== this.#local?.url || found?.token !== this.#local?.token) {
      this.#local = found;
      this.#localChanged.fire(found);
    }
    if (found === null) return;
    const sameServer = state === "unauthorized" && normaliseUrl(found.url) === this.#session.url;
    if (this.#awaitingLocal || (sameServer && (await this.#secrets.get(tokenKey(this.#session.url))) !== found.token)) {
      this.#awaitingLocal = false;
      await this.#use(found.url, found.token);
    } else if (state === "signedOut" && !this.#offered) {
      this.#offered = true;
      const answer = await vscode.window.showInformationMessage(`A Sightline server is running on this machine (${found.url}).`, "Sign In");
      if (answer === "Sign In") await this.#signIn(true);
    }
  }

  async #signIn(toLocal: boolean): Promise<void> {
    const local = await this.#platform.findLocalServer();
    if (local !== null && (toLocal || (await chooseLocal(local.url)))) return this.#use(local.url, local.token);
    if (toLocal) {
      await offerServer("No Sightline server is running on this machine any more.");
      return;
    }
    const address = await vscode.window.showInputBox({
      title: "Sightline: Sign In",
      prompt: "Address of the server",
      value: configuredUrl(),
      ignoreFocusOut: true,
      validateInput: (text) => (normaliseUrl(text) === null ? "An address starts with http:// or https://" : null),
    });
    const url = address === undefined ? null : normaliseUrl(address);
    if (url === null) return;
    const token = await vscode.window.showInputBox({
      title: "Sightline: Sign In",
      prompt: `Token for ${url}. The role viewer is enough to look, editor to acknowledge and silence.`,
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) => (/^sl_[^_\s]+_\S+$/.test(text.trim()) ? null : "A token reads sl_<project>_<secret>"),
    });
    if (token !== undefined) await this.#use(url, token.trim());
  }

  async #use(address: string, token: string): Promise<void> {
    const url = normaliseUrl(address) ?? address;
    await this.#secrets.store(tokenKey(url), token);
    await rememberUrl(url);
    this.#session.use(url, token);
    const outcome = await this.#outcome();
    if (outcome === "live") vscode.window.setStatusBarMessage(`Sightline: signed in to ${url}`, 5_000);
    else if (outcome === "unauthorized")
      void vscode.window.showErrorMessage(`${url} refused the token. Nothing else was changed; sign in again with another one.`);
    else void offerServer(`${url} does not answer. The token is kept and the address is tried again by itself.`);
  }

  async #signOut(): Promise<void> {
    const { url } = this.#session;
    await this.#secrets.delete(tokenKey(url));
    this.#offered = true;
    this.#session.use(url, null);
  }

  /** The first state that is more than "connecting". */
  #outcome(): Promise<string> {
    const settled = (state: string): boolean => state !== "connecting";
    if (settled(this.#session.state)) return Promise.resolve(this.#session.state);
    return new Promise((resolve) => {
      const finish = (state: string): void => {
        clearTimeout(timer);
        listening.dispose();
        resolve(state);
      };
      const timer = setTimeout(() => finish("offline"), ANSWER_MS);
      const listening = this.#session.onState((state) => {
        if (settled(state)) finish(state);
      });
    });
  }
}

async function chooseLocal(url: string): Promise<boolean> {
  const here = { label: "$(device-desktop) The server on this machine", description: url };
  const chosen = await vscode.window.showQuickPick([here, { label: "$(globe) Another server…", description: "address and token" }], {
    title: "Sightline: Sign In",
  });
  return chosen === here;
}

/** Says what is missing and offers both ways to get it. */
export async function offerServer(message: string): Promise<void> {
  const answer = await vscode.window.showWarningMessage(message, "Start Local Server", "Sign In");
  if (answer === "Start Local Server") await vscode.commands.executeCommand("sightline.startLocalServer");
  if (answer === "Sign In") await vscode.commands.executeCommand("sightline.signIn");
}
