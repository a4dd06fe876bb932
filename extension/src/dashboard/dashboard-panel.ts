/** The dashboard in an editor panel: one at a time, brought to the front when asked for again, restored after a reload. */
import * as vscode from "vscode";
import { defaultRangeMs } from "../code/chart-image.ts";
import type { Session } from "../live/session.ts";
import { disposeAll } from "../live/signal.ts";
import { DataBridge } from "./data-bridge.ts";
import { panelHtml } from "./panel-html.ts";
import { asFocus, type Focus, parseToExtension, type ToWebview } from "./panel-protocol.ts";

const PANEL_TYPE = "sightline.dashboard";

export class DashboardPanel {
  readonly #session: Session;
  readonly #extensionUri: vscode.Uri;
  readonly #open: vscode.Disposable[] = [];
  readonly #bridged: vscode.Disposable[] = [];
  #panel: vscode.WebviewPanel | null = null;
  #focus: Focus | null = null;

  constructor(session: Session, extensionUri: vscode.Uri) {
    this.#session = session;
    this.#extensionUri = extensionUri;
    this.#open.push(
      vscode.commands.registerCommand("sightline.openDashboard", () => this.show(null)),
      vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
        deserializeWebviewPanel: (panel, state: unknown) => {
          this.#focus = focusOfState(state);
          this.#fill(panel);
          return Promise.resolve();
        },
      }),
    );
  }

  /** A focus puts one metric above the rest; null leaves what is there. */
  show(focus: Focus | null): void {
    if (focus !== null) this.#focus = focus;
    if (this.#panel === null) {
      const panel = vscode.window.createWebviewPanel(
        PANEL_TYPE,
        "Sightline",
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { retainContextWhenHidden: true },
      );
      this.#fill(panel);
      return;
    }
    this.#panel.reveal(undefined, true);
    if (focus !== null) post(this.#panel.webview, { type: "focus", focus });
  }

  dispose(): void {
    // The panel itself stays: closing it here would race with the editor keeping it for after a reload.
    disposeAll(this.#open);
    disposeAll(this.#bridged);
  }

  #fill(panel: vscode.WebviewPanel): void {
    disposeAll(this.#bridged);
    const before = this.#panel;
    this.#panel = panel;
    before?.dispose();
    const { webview } = panel;
    const dist = vscode.Uri.joinPath(this.#extensionUri, "dist");
    const bridge = new DataBridge(this.#session, (message) => post(webview, message));
    panel.iconPath = vscode.Uri.joinPath(this.#extensionUri, "media", "icon.png");
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const listening = webview.onDidReceiveMessage((received: unknown) => {
      const message = parseToExtension(received);
      if (message === null) return;
      if (message.type === "command") {
        void vscode.commands.executeCommand(message.command);
        return;
      }
      bridge.receive(message);
      if (message.type !== "ready") return;
      post(webview, { type: "settings", rangeMs: defaultRangeMs() });
      post(webview, { type: "focus", focus: this.#focus });
    });
    this.#bridged.push(bridge, listening);
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      disposeAll(this.#bridged);
      this.#panel = null;
      this.#focus = null;
    });
    webview.html = panelHtml({
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.js")).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, "webview.css")).toString(),
      source: webview.cspSource,
      nonce: nonce(),
    });
  }
}

function post(webview: vscode.Webview, message: ToWebview): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's own channel to this webview, not a window's
  void webview.postMessage(message);
}

function nonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function focusOfState(state: unknown): Focus | null {
  if (typeof state !== "object" || state === null || !("focus" in state)) return null;
  return asFocus(state.focus);
}
