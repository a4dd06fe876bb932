import type { ConnectionState, DataSource, Disposable } from "../../api/data-source.ts";
import { Disposables } from "../dom/disposables.ts";
import { element } from "../dom/element.ts";
import { DeployFeed } from "../live/deploy-feed.ts";
import { AttentionFeed } from "../live/attention-feed.ts";
import { type CompileExpression, compileExpression } from "../live/expression.ts";
import { mountPanel } from "../panels/mount-panel.ts";
import { applyTheme, type Theme, THEME_CHOICES, type ThemeChoice } from "../theme/theme.ts";
import type { Dashboard, Variable } from "./dashboard.ts";
import { mountQueryView } from "../query/query-view.ts";
import { HOST_DASHBOARD } from "./host-dashboard.ts";
import { RELIABILITY_DASHBOARD, SERVICES_DASHBOARD } from "./services-dashboard.ts";

export interface DashboardOptions {
  /** `vscode` follows the editor and hides the theme switch. Default `auto`. */
  readonly theme?: Theme;
  readonly rangeMs?: number;
  /** Id of the dashboard shown first: `host`, `services` or `reliability`; `query` for the query box. */
  readonly show?: string;
  readonly dashboards?: readonly Dashboard[];
  readonly compile?: CompileExpression;
  readonly now?: () => number;
  /** Placed at the end of the toolbar, e.g. a button to sign out. */
  readonly toolbarEnd?: readonly Node[];
  readonly onTheme?: (choice: ThemeChoice) => void;
  readonly onRange?: (rangeMs: number) => void;
  /** The expression in the query box at first, and whenever one is asked. */
  readonly query?: string;
  readonly onQuery?: (query: string) => void;
}

export const RANGES: readonly (readonly [ms: number, name: string])[] = [
  [300_000, "5 min"],
  [900_000, "15 min"],
  [3_600_000, "1 h"],
  [21_600_000, "6 h"],
  [86_400_000, "24 h"],
  [604_800_000, "7 d"],
];

const CONNECTION: Readonly<Record<ConnectionState, readonly [text: string, title: string]>> = {
  connecting: ["Connecting", "Opening the live connection"],
  live: ["Live", "Samples arrive as they are taken"],
  offline: ["Offline", "The server does not answer; trying again by itself. What is shown is the last that was known."],
  unauthorized: ["Signed out", "The server refused the token. Sign in again."],
};

/** The tab that asks instead of showing. */
const QUERY = "query";

/** The whole dashboard in `root`; used by the web page and by the editor's webview alike. */
export function mountDashboard(root: HTMLElement, dataSource: DataSource, options: DashboardOptions = {}): Disposable {
  const open = new Disposables();
  const now = options.now ?? (() => Date.now());
  const dashboards = options.dashboards ?? [HOST_DASHBOARD, SERVICES_DASHBOARD, RELIABILITY_DASHBOARD];
  const attention = open.add(new AttentionFeed(dataSource));
  const compile: CompileExpression = options.compile ?? compileExpression;
  applyTheme(root, options.theme ?? "auto");
  let current = dashboards.find(({ id }) => id === options.show) ?? dashboards[0];
  let asking = options.show === QUERY;
  let query = options.query ?? "";
  let rangeMs = options.rangeMs ?? 300_000;
  let values: Record<string, string> = {};
  let panels = new Disposables();
  open.add({ dispose: () => panels.dispose() });

  const tabs = element("nav", { class: "sl-tabs", label: "Dashboards" });
  const pickers = element("div", { class: "sl-pickers" });
  const content = element("main", { class: "sl-content" });

  const drawPanels = (): void => {
    panels.dispose();
    panels = new Disposables();
    content.replaceChildren();
    if (asking) {
      const asked = (expression: string): void => {
        query = expression;
        options.onQuery?.(expression);
      };
      panels.add(mountQueryView(content, { dataSource, now, rangeMs, query, asked }));
      return;
    }
    const deploys = panels.add(new DeployFeed(dataSource, now, rangeMs));
    const context = { dataSource, compile, attention, deploys, now, rangeMs, variables: values, syncKey: `sl-${current?.id ?? ""}` };
    for (const section of current?.sections ?? []) {
      const grid = element("div", { class: "sl-panels" });
      content.append(element("h2", { class: "sl-section-title", text: section.title }), grid);
      for (const panel of section.panels) panels.add(mountPanel(grid, panel, context));
    }
  };
  const drawDashboard = (): void => {
    const variables = asking ? [] : (current?.variables ?? []);
    const shown = asking ? QUERY : current?.id;
    values = Object.fromEntries(variables.map(({ name }) => [name, ""]));
    for (const tab of tabs.children) tab.setAttribute("aria-current", String(tab instanceof HTMLElement && tab.dataset["id"] === shown));
    pickers.replaceChildren(
      ...variables.map((variable) =>
        variablePicker(variable, dataSource, now, (value) => {
          values = { ...values, [variable.name]: value };
          drawPanels();
        }),
      ),
    );
    drawPanels();
  };

  const addTab = (id: string, title: string, chosen: () => void): void => {
    const tab = element("button", { class: "sl-tab", type: "button", text: title });
    tab.dataset["id"] = id;
    tab.addEventListener("click", () => {
      chosen();
      drawDashboard();
    });
    tabs.append(tab);
  };
  for (const dashboard of dashboards)
    addTab(dashboard.id, dashboard.title, () => {
      asking = false;
      current = dashboard;
    });
  addTab(QUERY, "Query", () => (asking = true));
  const range = select(
    "Time range",
    RANGES.map(([ms, name]) => [String(ms), `Last ${name}`]),
    String(rangeMs),
    (value) => {
      rangeMs = Number(value);
      options.onRange?.(rangeMs);
      drawPanels();
    },
  );
  const health = element("span", { class: "sl-health" });
  open.add(
    attention.listen(({ alerts, snapshot }) =>
      showHealth(
        health,
        alerts.filter(({ state, held }) => state === "firing" && held === undefined).length,
        snapshot?.health.reasons ?? [],
      ),
    ),
  );
  const brand = element("div", { class: "sl-brand" }, [element("span", { class: "sl-mark" }), element("span", { text: "Sightline" })]);
  const end = element("div", { class: "sl-toolbar-end" }, [health, pickers, range, connectionIndicator(dataSource, open)]);
  if (options.theme !== "vscode") end.append(themePicker(root, options));
  end.append(...(options.toolbarEnd ?? []));
  root.replaceChildren(element("header", { class: "sl-toolbar" }, [brand, tabs, end]), content);
  drawDashboard();
  open.add({ dispose: () => root.replaceChildren() });
  return open;
}

function showHealth(node: HTMLElement, firing: number, reasons: readonly string[]): void {
  node.textContent = firing === 0 ? "" : `${firing} firing`;
  node.className = firing === 0 ? "sl-health" : "sl-health sl-health-firing";
  node.title = reasons.join("\n");
}

function connectionIndicator(dataSource: DataSource, open: Disposables): HTMLElement {
  const node = element("span", { class: "sl-connection", role: "status" });
  const show = (state: ConnectionState): void => {
    const [text, title] = CONNECTION[state];
    node.replaceChildren(element("span", { class: `sl-dot sl-dot-${state}` }), element("span", { text }));
    node.title = title;
  };
  show(dataSource.connection);
  open.add(dataSource.onConnection(show));
  return node;
}

function themePicker(root: HTMLElement, options: DashboardOptions): HTMLElement {
  const names: Readonly<Record<ThemeChoice, string>> = { auto: "System theme", light: "Light", dark: "Dark", contrast: "High contrast" };
  return select(
    "Theme",
    THEME_CHOICES.map((choice) => [choice, names[choice]]),
    options.theme ?? "auto",
    (value) => {
      const choice = THEME_CHOICES.find((one) => one === value) ?? "auto";
      applyTheme(root, choice);
      options.onTheme?.(choice);
    },
  );
}

function variablePicker(variable: Variable, dataSource: DataSource, now: () => number, pick: (value: string) => void): HTMLElement {
  const picker = select(variable.title, [["", `All ${variable.title.toLowerCase()}s`]], "", pick);
  void dataSource.series([variable.metric], now() - 86_400_000, now()).then(
    (series) => {
      const found = [...new Set(series.map((labels) => labels[variable.label] ?? "").filter((value) => value !== ""))].sort();
      for (const value of found) picker.append(option(value, value));
    },
    // Without the list everything is shown, and the panels say why there is nothing.
    () => {},
  );
  return picker;
}

function select(
  label: string,
  entries: readonly (readonly [value: string, text: string])[],
  chosen: string,
  pick: (value: string) => void,
): HTMLSelectElement {
  const node = element(
    "select",
    { class: "sl-select", label },
    entries.map(([value, text]) => option(value, text)),
  );
  node.value = chosen;
  node.addEventListener("change", () => pick(node.value));
  return node;
}

function option(value: string, text: string): HTMLOptionElement {
  const node = element("option", { text });
  node.value = value;
  return node;
}
