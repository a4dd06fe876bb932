import type { Disposable } from "../../api/data-source.ts";
import type { Panel } from "../dashboard/dashboard.ts";
import { element } from "../dom/element.ts";
import { mountAlertsPanel } from "./alerts-panel.ts";
import { mountCapacityPanel } from "./capacity-panel.ts";
import { mountInsightsPanel } from "./insights-panel.ts";
import { mountHostsPanel, mountSlosPanel } from "./list-panels.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";
import { mountReceiversPanel } from "./receivers-panel.ts";
import { mountStatGridPanel, mountStatPanel } from "./stat-panel.ts";
import { mountTablePanel } from "./table-panel.ts";
import { mountTimeSeriesPanel } from "./time-series-panel.ts";

/** Draws one panel at the end of `root`. */
export function mountPanel(root: HTMLElement, panel: Panel, context: PanelContext): Disposable {
  const card = element("section", { class: `sl-panel sl-span-${panel.width}`, label: panel.title });
  card.append(
    element("h3", { class: "sl-panel-title", text: panel.title, ...(panel.description === undefined ? {} : { title: panel.description }) }),
  );
  root.append(card);
  const mounted = bodyOf(panel, context);
  card.append(mounted.body);
  return {
    dispose() {
      mounted.dispose();
      card.remove();
    },
  };
}

function bodyOf(panel: Panel, context: PanelContext): MountedPanel {
  switch (panel.type) {
    case "line":
    case "area":
      return mountTimeSeriesPanel(panel, context);
    case "stat":
    case "gauge":
      return mountStatPanel(panel, context);
    case "stat-grid":
      return mountStatGridPanel(panel, context);
    case "table":
      return mountTablePanel(panel, context);
    case "alerts":
      return mountAlertsPanel(context);
    case "slos":
      return mountSlosPanel(context);
    case "insights":
      return mountInsightsPanel(context);
    case "receivers":
      return mountReceiversPanel(context);
    case "hosts":
      return mountHostsPanel(context);
    case "capacity":
      return mountCapacityPanel(context);
  }
}
