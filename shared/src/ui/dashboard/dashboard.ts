/** A dashboard as JSON; dashboard.schema.json beside this file is its published schema. */
import type { Unit } from "../../format/units.ts";

export interface Target {
  /** PromQL; `$name` stands for a variable. */
  readonly query: string;
  /** `{{label}}` is filled from the labels. */
  readonly legend?: string;
}

interface PanelBase {
  readonly title: string;
  readonly description?: string;
  /** Columns of twelve. */
  readonly width: 3 | 4 | 6 | 8 | 12;
}

export interface TimeSeriesPanel extends PanelBase {
  readonly type: "line" | "area";
  readonly targets: readonly Target[];
  readonly unit: Unit;
  readonly stacked?: boolean;
  readonly ceiling?: number;
  readonly threshold?: number;
  /** Selector of the series whose expected range is shaded; `complement` when the panel shows one minus it. */
  readonly expected?: { readonly selector: string; readonly complement?: boolean };
  /** Continues the first line into the future. */
  readonly forecast?: { readonly query: string };
}

export interface StatPanel extends PanelBase {
  readonly type: "stat" | "gauge";
  readonly target: Target;
  readonly unit: Unit;
  /** Values from which the colour is that of a warning or an error. */
  readonly warnAt?: number;
  readonly errorAt?: number;
}

export interface StatGridPanel extends PanelBase {
  readonly type: "stat-grid";
  readonly stats: readonly {
    readonly title: string;
    readonly target: Target;
    readonly unit: Unit;
    readonly warnAt?: number;
    readonly errorAt?: number;
  }[];
}

export interface TablePanel extends PanelBase {
  readonly type: "table";
  /** Each is a column; rows are joined on `by`. */
  readonly columns: readonly { readonly title: string; readonly target: Target; readonly unit: Unit }[];
  readonly by: readonly string[];
  readonly limit: number;
}

export interface ListPanel extends PanelBase {
  readonly type: "alerts" | "slos" | "insights" | "receivers" | "hosts" | "capacity";
}

export type Panel = TimeSeriesPanel | StatPanel | StatGridPanel | TablePanel | ListPanel;

export interface Variable {
  readonly name: string;
  readonly title: string;
  /** Values of `label` over the series of `metric`. */
  readonly metric: string;
  readonly label: string;
}

export interface Dashboard {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly title: string;
  readonly variables: readonly Variable[];
  readonly sections: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}
