/** The panel's page: the shared dashboard over a data source that asks the extension. */
import type { Disposable } from "@sightline/shared/api/data-source";
import { HOST_DASHBOARD } from "@sightline/shared/ui/dashboard/host-dashboard";
import { mountDashboard } from "@sightline/shared/ui/dashboard/mount-dashboard";
import { RELIABILITY_DASHBOARD, SERVICES_DASHBOARD } from "@sightline/shared/ui/dashboard/services-dashboard";
import type { Focus, PanelState, ToExtension, ToWebview } from "../dashboard/panel-protocol.ts";
import "../../../shared/src/ui/style/index.css";
import "./webview.css";
import { showBanner } from "./connection-banner.ts";
import { focusDashboard } from "./focus-dashboard.ts";
import { MessageDataSource } from "./message-data-source.ts";

/** What VS Code gives to a webview's page. */
interface Editor {
  postMessage(message: ToExtension): void;
  setState(state: PanelState): void;
}
declare function acquireVsCodeApi(): Editor;

const DASHBOARDS = [HOST_DASHBOARD, SERVICES_DASHBOARD, RELIABILITY_DASHBOARD];

function start(root: HTMLElement, banner: HTMLElement): void {
  const editor = acquireVsCodeApi();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's own channel, not a window's
  const post = (message: ToExtension): void => editor.postMessage(message);
  const source = new MessageDataSource(post);
  let rangeMs: number | null = null;
  let mounted: Disposable | null = null;

  const mount = (focus: Focus | null): void => {
    mounted?.dispose();
    editor.setState({ focus });
    mounted = mountDashboard(root, source, {
      theme: "vscode",
      dashboards: focus === null ? DASHBOARDS : [focusDashboard(focus), ...DASHBOARDS],
      show: focus === null ? HOST_DASHBOARD.id : "focus",
      ...(rangeMs === null ? {} : { rangeMs }),
      onRange: (chosen) => {
        rangeMs = chosen;
      },
    });
  };

  window.addEventListener("message", (event: MessageEvent<ToWebview>) => {
    const message = event.data;
    if (message.type === "connection") showBanner(banner, message.state, (command) => post({ type: "command", command }));
    if (source.receive(message)) return;
    if (message.type === "settings") rangeMs ??= message.rangeMs;
    if (message.type === "focus") mount(message.focus);
  });
  post({ type: "ready" });
}

const root = document.querySelector<HTMLElement>("#dashboard");
const banner = document.querySelector<HTMLElement>("#banner");
if (root !== null && banner !== null) start(root, banner);
