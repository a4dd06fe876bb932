import { type DataSourceError, type InstantSeries } from "../../api/data-source.ts";
import type { TablePanel } from "../dashboard/dashboard.ts";
import { Disposables } from "../dom/disposables.ts";
import { element } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { formatValue } from "../../format/units.ts";
import { fillVariables } from "../live/variables.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

const REFRESH_MS = 5000;

export interface TableRow {
  readonly key: string;
  readonly names: readonly string[];
  readonly values: readonly (number | null)[];
}

/** Joins the columns on the labels of `by`; rows by the first column, largest first. A row without a first value is left out. */
export function tableRows(columns: readonly (readonly InstantSeries[])[], by: readonly string[], limit: number): readonly TableRow[] {
  const keyOf = ({ labels }: InstantSeries): string => by.map((name) => labels[name] ?? "").join("\u0000");
  const lookups = columns.map((column) => new Map(column.filter(({ v }) => !Number.isNaN(v)).map((series) => [keyOf(series), series.v])));
  return (columns[0] ?? [])
    .filter(({ v }) => !Number.isNaN(v))
    .sort((a, b) => b.v - a.v)
    .slice(0, limit)
    .map((series) => {
      const key = keyOf(series);
      return { key, names: by.map((name) => series.labels[name] ?? ""), values: lookups.map((lookup) => lookup.get(key) ?? null) };
    });
}

const TITLES: Readonly<Record<string, string>> = { process_executable_name: "Process", http_route: "Route" };

export function mountTablePanel(panel: TablePanel, context: PanelContext): MountedPanel {
  const open = new Disposables();
  const body = element("div", { class: "sl-panel-body sl-scroll" }, [
    element("div", { class: "sl-skeleton", role: "status", label: "Loading" }),
  ]);
  const refresh = async (): Promise<void> => {
    try {
      const columns = await Promise.all(
        panel.columns.map(({ target }) => context.dataSource.query(fillVariables(target.query, context.variables))),
      );
      const rows = tableRows(columns, panel.by, panel.limit);
      body.replaceChildren(
        rows.length === 0
          ? notice({
              title: "Nothing to list yet",
              detail: "Rows appear when the first samples arrive; collectors of slow metrics report every 10 s.",
            })
          : table(panel, rows),
      );
    } catch (reason) {
      if (reason instanceof Error && "code" in reason) body.replaceChildren(failureNotice(reason as DataSourceError));
    }
  };
  void refresh();
  open.every(REFRESH_MS, () => void refresh());
  return { body, dispose: () => open.dispose() };
}

function table(panel: TablePanel, rows: readonly TableRow[]): HTMLElement {
  const most = panel.columns.map((_, index) => Math.max(...rows.map((row) => row.values[index] ?? 0), Number.MIN_VALUE));
  const head = element("tr", {}, [
    ...panel.by.map((name) => element("th", { text: TITLES[name] ?? name })),
    ...panel.columns.map(({ title }) => element("th", { class: "sl-number", text: title })),
  ]);
  const lines = rows.map((row) =>
    element("tr", {}, [
      ...row.names.map((name) => element("td", { text: name === "" ? "–" : name, title: name })),
      ...row.values.map((value, index) => {
        const bar = element("span", { class: "sl-cell-bar" });
        // The longest leaves some room, or it would seem to belong to the number beside it.
        bar.style.width = `${Math.max(0, Math.min(1, (value ?? 0) / (most[index] ?? 1))) * 92}%`;
        return element("td", { class: "sl-number" }, [
          bar,
          element("span", { text: formatValue(value, panel.columns[index]?.unit ?? "none") }),
        ]);
      }),
    ]),
  );
  return element("table", { class: "sl-table" }, [element("thead", {}, [head]), element("tbody", {}, lines)]);
}
