import type { StatGridPanel, StatPanel } from "../dashboard/dashboard.ts";
import { element, svg } from "../dom/element.ts";
import { Disposables } from "../dom/disposables.ts";
import { formatValue, type Unit } from "../../format/units.ts";
import { openPanelFeed } from "../live/panel-feed.ts";
import type { ResultHistory } from "../live/result-history.ts";
import { fillVariables } from "../live/variables.ts";
import { sparkline } from "../chart/sparkline.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

interface Limits {
  readonly warnAt?: number;
  readonly errorAt?: number;
}

/** Which colour a value asks for. */
export function levelOf(value: number | null, { warnAt, errorAt }: Limits): "ok" | "warning" | "error" | "plain" {
  if (value === null || (warnAt === undefined && errorAt === undefined)) return "plain";
  if (errorAt !== undefined && value >= errorAt) return "error";
  return warnAt !== undefined && value >= warnAt ? "warning" : "ok";
}

const SPARK_RANGE_MS = 300_000;

/** One number with its recent past; as a gauge, with an arc over 0–100%. */
export function mountStatPanel(panel: StatPanel, context: PanelContext): MountedPanel {
  const body = element("div", { class: "sl-panel-body sl-stat" });
  const feed = openPanelFeed({
    dataSource: context.dataSource,
    compile: context.compile,
    now: context.now,
    queries: [{ query: fillVariables(panel.target.query, context.variables), rangeMs: SPARK_RANGE_MS }],
    changed(state) {
      const series = state.histories[0]?.series[0];
      const value = series?.v.at(-1) ?? null;
      if (value === null && state.error !== null) return body.replaceChildren(failureNotice(state.error, true));
      if (value === null && state.status === "loading")
        return body.replaceChildren(element("div", { class: "sl-skeleton", role: "status", label: "Loading" }));
      const level = levelOf(value, panel);
      const number = element("div", { class: `sl-stat-value sl-level-${level}`, text: formatValue(value, panel.unit) });
      const hint = value === null ? [element("div", { class: "sl-faint", text: "no samples yet" })] : [];
      const spark =
        series === undefined
          ? []
          : [sparkline(series.t, series.v, { width: 120, height: 34, level, ...(panel.unit === "ratio" ? { max: 1 } : {}) })];
      const arc = panel.type === "gauge" ? [gauge(value, level)] : [];
      body.replaceChildren(...arc, element("div", { class: "sl-stat-text" }, [number, ...hint]), ...spark);
    },
  });
  return { body, dispose: () => feed.dispose() };
}

/** Three quarters of a circle; the filled part is the ratio. */
function gauge(value: number | null, level: string): SVGElement {
  const length = 2 * Math.PI * 20 * 0.75;
  const filled = length * Math.min(1, Math.max(0, value ?? 0));
  const circle = { cx: 26, cy: 26, r: 20, fill: "none", "stroke-width": 6, "stroke-linecap": "round", transform: "rotate(135 26 26)" };
  return svg("svg", { viewBox: "0 0 52 48", class: `sl-gauge sl-level-${level}`, "aria-hidden": "true" }, [
    svg("circle", { ...circle, class: "sl-gauge-track", "stroke-dasharray": `${length} 200` }),
    svg("circle", { ...circle, class: "sl-gauge-fill", "stroke-dasharray": `${filled} 200`, opacity: filled > 0.5 ? 1 : 0 }),
  ]);
}

/** Several numbers side by side. */
export function mountStatGridPanel(panel: StatGridPanel, context: PanelContext): MountedPanel {
  const open = new Disposables();
  const cells = panel.stats.map((stat) => {
    const value = element("div", { class: "sl-stat-value", text: "–" });
    open.add(
      openPanelFeed({
        dataSource: context.dataSource,
        compile: context.compile,
        now: context.now,
        queries: [{ query: fillVariables(stat.target.query, context.variables), rangeMs: SPARK_RANGE_MS }],
        changed: ({ histories }) => show(value, latest(histories[0]), stat.unit, stat),
      }),
    );
    return element("div", { class: "sl-grid-stat" }, [element("div", { class: "sl-faint", text: stat.title }), value]);
  });
  return { body: element("div", { class: "sl-panel-body sl-stat-grid" }, cells), dispose: () => open.dispose() };
}

const latest = (history: ResultHistory | undefined): number | null => history?.series[0]?.v.at(-1) ?? null;

function show(node: HTMLElement, value: number | null, unit: Unit, limits: Limits): void {
  node.textContent = formatValue(value, unit);
  node.className = `sl-stat-value sl-level-${levelOf(value, limits)}`;
}
