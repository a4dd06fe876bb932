/** A line or area chart on uPlot: expected range shaded, forecast dashed with its intervals, alert threshold, shared crosshair. */
import uPlot from "uplot";
import type { Disposable } from "../../api/data-source.ts";
import { Disposables } from "../dom/disposables.ts";
import { element } from "../dom/element.ts";
import { formatTicks, formatValue } from "../../format/units.ts";
import { token, watchTheme } from "../theme/theme.ts";
import { type ChartColumn, type ChartModel, valueAt } from "./chart-model.ts";
import { type ChartMark, drawMarks, MARK_REACH, marksNear } from "./chart-marks.ts";
import { lonePoints } from "./columns.ts";
import { Legend } from "./legend.ts";
import { timeLabels, timeSteps } from "./time-axis.ts";
import { valueRange, valueTicks } from "./ticks.ts";

export interface TimeSeriesChartOptions {
  /** Charts of one key share their crosshair. */
  readonly syncKey?: string;
  readonly height?: number;
  readonly legend?: boolean;
  readonly label: string;
}

export class TimeSeriesChart implements Disposable {
  readonly element: HTMLElement;
  readonly #plotElement = element("div", { class: "sl-plot", role: "img" });
  readonly #legend: Legend | null;
  readonly #options: TimeSeriesChartOptions;
  readonly #open = new Disposables();
  #plot: uPlot | null = null;
  #signature = "";
  #model: ChartModel | null = null;
  #hidden = new Set<string>();
  #visible = true;
  #marks: readonly ChartMark[] = [];

  constructor(options: TimeSeriesChartOptions) {
    this.#options = options;
    this.#plotElement.setAttribute("aria-label", options.label);
    this.#legend = options.legend === false ? null : new Legend((key) => this.#toggle(key));
    this.element = element("div", { class: "sl-chart" }, [this.#plotElement, ...(this.#legend === null ? [] : [this.#legend.element])]);
    this.#plotElement.style.height = `${options.height ?? 180}px`;
    const resize = new ResizeObserver(() => this.#resize());
    resize.observe(this.#plotElement);
    this.#open.add({ dispose: () => resize.disconnect() });
    const seen = new IntersectionObserver((entries) => {
      this.#visible = entries.some((entry) => entry.isIntersecting);
      if (this.#visible) this.#draw();
    });
    seen.observe(this.element);
    this.#open.add({ dispose: () => seen.disconnect() });
    this.#open.add(watchTheme(this.element.closest<HTMLElement>(".sl-root") ?? document.body, () => this.restyle()));
  }

  /** Shows a new state; drawn at the next frame the chart is in view. */
  update(model: ChartModel): void {
    this.#model = model;
    if (this.#visible) this.#draw();
  }

  /** Moments to be marked, until others are told; the crosshair says what each is. */
  mark(marks: readonly ChartMark[]): void {
    this.#marks = marks;
    this.#plot?.redraw(false);
  }

  /** What the drawing says beyond its label, for who does not see it. */
  describe(text: string): void {
    this.#plotElement.setAttribute("aria-description", text);
  }

  /** Draws again with the colours of the theme that is now in force. */
  restyle(): void {
    this.#signature = "";
    this.#draw();
  }

  dispose(): void {
    this.#open.dispose();
    this.#plot?.destroy();
    this.element.remove();
  }

  #draw(): void {
    const model = this.#model;
    const width = this.#plotElement.clientWidth;
    if (model === null || width === 0) return;
    const signature = JSON.stringify([
      model.columns,
      model.input.unit,
      model.input.stacked ?? false,
      model.input.threshold ?? null,
      [...this.#hidden],
    ]);
    const data: uPlot.AlignedData = [model.aligned.t.slice(), ...model.aligned.columns.map((column) => column.slice())];
    if (this.#plot === null || signature !== this.#signature) {
      this.#signature = signature;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#plotOptions(model, width), data, this.#plotElement);
    } else {
      this.#plot.setData(data);
    }
    this.#showValues();
  }

  #resize(): void {
    const width = this.#plotElement.clientWidth;
    if (width === 0) return;
    if (this.#plot === null) this.#draw();
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height: this.#plotElement.clientHeight });
  }

  #toggle(key: string): void {
    if (!this.#hidden.delete(key)) this.#hidden.add(key);
    this.#draw();
  }

  #showValues(): void {
    const model = this.#model;
    if (this.#legend === null || model === null) return;
    const cursor = this.#plot?.cursor.idx;
    const inside = typeof cursor === "number" && (this.#plot?.cursor.left ?? -1) >= 0;
    this.#legend.update(
      model.input.series.map((series, index) => {
        const column = model.values[index] ?? [];
        const value = inside ? valueAt(column, cursor) : (series.v.at(-1) ?? null);
        return {
          key: series.key,
          name: series.name,
          colour: series.colour,
          value: formatValue(value, model.input.unit),
          off: this.#hidden.has(series.key),
        };
      }),
      inside ? [clockTime(model.aligned.t[cursor] ?? 0), ...this.#marksUnderCursor()].join(" · ") : null,
    );
  }

  #marksUnderCursor(): readonly string[] {
    const plot = this.#plot;
    const left = plot?.cursor.left ?? -1;
    if (plot === null || left < 0) return [];
    const at = plot.posToVal(left, "x");
    return marksNear(this.#marks, at, plot.posToVal(left + MARK_REACH, "x") - at).map(({ text }) => text);
  }

  #plotOptions(model: ChartModel, width: number): uPlot.Options {
    const { unit } = model.input;
    const colour = (name: string): string => token(this.element, name);
    const axis = {
      stroke: colour("--sl-text-faint"),
      grid: { stroke: colour("--sl-grid"), width: 1 },
      ticks: { show: false },
      font: `11px ${colour("--sl-font") || "sans-serif"}`,
    };
    const lastSeries = model.input.series.length - 1;
    return {
      width,
      height: this.#plotElement.clientHeight,
      ms: 1,
      legend: { show: false },
      padding: [8, 18, 0, 0],
      cursor: {
        y: false,
        points: { size: 7, width: 2 },
        drag: { x: false, y: false, setScale: false },
        ...(this.#options.syncKey === undefined ? {} : { sync: { key: this.#options.syncKey, scales: ["x", null], setSeries: false } }),
      },
      scales: {
        x: { time: true, range: () => [this.#model?.input.startMs ?? 0, this.#model?.endMs ?? 1] },
        y: {
          range: (_, min, max) => {
            const [low, high] = valueRange(min, withThreshold(max, this.#model?.input.threshold ?? null), unit, this.#model?.input.ceiling);
            return [low, high];
          },
        },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 56,
          size: 26,
          incrs: [...timeSteps(model.endMs - model.input.startMs)],
          values: (_, splits, __, ___, step) => timeLabels(splits, step),
        },
        {
          ...axis,
          size: 68,
          gap: 6,
          splits: (_, __, min, max) => [...valueTicks(min, max, 4, unit)],
          values: (_, splits) => [...formatTicks(splits, unit)],
        },
      ],
      series: [{}, ...model.columns.map((column, index) => this.#seriesOptions(column, index, model, index === lastSeries))],
      bands: this.#bands(model),
      hooks: {
        setCursor: [() => this.#showValues()],
        draw: [
          (plot) => drawThreshold(plot, this.#model?.input.threshold ?? null, colour("--sl-threshold")),
          (plot) => drawMarks(plot, this.#marks, colour("--sl-text-faint")),
        ],
      },
    };
  }

  #seriesOptions(column: ChartColumn, index: number, model: ChartModel, last: boolean): uPlot.Series {
    const stroke = token(this.element, `--sl-series-${column.colour + 1}`);
    const base = { scale: "y", label: column.name, points: { show: false }, spanGaps: false };
    if (column.role === "forecast") return { ...base, stroke, width: 1.5, dash: [5, 4] };
    if (column.role !== "series") return { ...base, width: 0, stroke: "transparent", points: { show: false } };
    const show = !this.#hidden.has(model.input.series[index]?.key ?? "");
    const stacked = model.input.stacked === true;
    const lone = model.input.filled === true && last && index === 0;
    const fill = stacked ? (index === 0 ? withAlpha(stroke, 0.35) : undefined) : lone ? withAlpha(stroke, 0.12) : undefined;
    const dots: uPlot.Series.Points = {
      show: false,
      size: 5,
      width: 1,
      stroke,
      fill: stroke,
      filter: () => {
        const rows = lonePoints(this.#model?.aligned.columns[index] ?? []);
        return rows.length === 0 ? null : rows;
      },
    };
    return { ...base, show, stroke, points: dots, width: stacked ? 1 : 1.6, ...(fill === undefined ? {} : { fill }) };
  }

  #bands(model: ChartModel): uPlot.Band[] {
    const bands: uPlot.Band[] = [];
    const count = model.input.series.length;
    if (model.input.stacked === true) {
      for (let index = 1; index < count; index++) {
        const stroke = token(this.element, `--sl-series-${(model.columns[index]?.colour ?? 0) + 1}`);
        bands.push({ series: [index + 1, index], fill: withAlpha(stroke, 0.35) });
      }
    }
    for (let index = count; index + 1 < model.columns.length; index += 2) {
      const column = model.columns[index];
      if (column === undefined || column.role === "forecast") break;
      const series = token(this.element, `--sl-series-${column.colour + 1}`);
      const fill =
        column.role === "expected" ? token(this.element, "--sl-expected") : withAlpha(series, column.role === "interval80" ? 0.18 : 0.1);
      bands.push({ series: [index + 2, index + 1], fill });
    }
    return bands;
  }
}

/** The threshold is kept in view once the line comes within reach of it. */
function withThreshold(max: number | null, threshold: number | null): number | null {
  return threshold !== null && max !== null && max > threshold * 0.6 ? Math.max(max, threshold) : max;
}

function drawThreshold(plot: uPlot, threshold: number | null, colour: string): void {
  const top = plot.scales["y"]?.max;
  if (threshold === null || typeof top !== "number" || threshold > top) return;
  const y = Math.round(plot.valToPos(threshold, "y", true));
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour12: false });
}

/** Tokens of the palette are #rrggbb. */
function withAlpha(colour: string, alpha: number): string {
  const byte = Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0");
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}${byte}` : `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`;
}
