/** The one metric the person asked to see: its history, moving, and its forecast. */
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import type { ForecastPoint } from "@sightline/shared/model/forecast";
import { chartModel } from "@sightline/shared/ui/chart/chart-model";
import { TimeSeriesChart } from "@sightline/shared/ui/chart/time-series-chart";
import type { Focus } from "../dashboard/panel-protocol.ts";

const REFRESH_MS = 2_000;
const FORECAST_EVERY = 15;
const POINTS = 240;

export class FocusChart implements Disposable {
  readonly #source: DataSource;
  readonly #focus: Focus;
  readonly #rangeMs: number;
  readonly #chart: TimeSeriesChart;
  readonly #note = document.createElement("p");
  readonly #element = document.createElement("section");
  readonly #timer: ReturnType<typeof setInterval>;
  #forecast: readonly ForecastPoint[] = [];
  #round = 0;

  constructor(place: HTMLElement, source: DataSource, focus: Focus, rangeMs: number, close: () => void) {
    this.#source = source;
    this.#focus = focus;
    this.#rangeMs = rangeMs;
    this.#element.className = "focus";
    const heading = document.createElement("h2");
    heading.textContent = focus.title;
    const button = document.createElement("button");
    button.textContent = "Close";
    button.title = "Show the dashboard alone";
    button.addEventListener("click", close);
    const query = document.createElement("code");
    query.textContent = focus.query;
    const head = document.createElement("header");
    head.append(heading, button);
    this.#element.append(head, query);
    place.prepend(this.#element);
    this.#chart = new TimeSeriesChart({ label: focus.title, height: 220 });
    this.#element.append(this.#chart.element, this.#note);
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS);
    void this.#refresh();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#chart.dispose();
    this.#element.remove();
  }

  async #refresh(): Promise<void> {
    const endMs = Date.now();
    const startMs = endMs - this.#rangeMs;
    const stepMs = Math.max(1_000, Math.ceil(this.#rangeMs / POINTS / 1_000) * 1_000);
    try {
      const [first] = await this.#source.queryRange(this.#focus.query, startMs, endMs, stepMs);
      if (this.#round % FORECAST_EVERY === 0) await this.#predict();
      this.#round += 1;
      if (first === undefined) {
        this.#note.textContent = "Nothing was measured in this range.";
        return;
      }
      const known = first.t
        .map((t, index) => [t, first.v[index] ?? null] as const)
        .filter((point): point is readonly [number, number] => point[1] !== null);
      const series = { key: "focus", name: this.#focus.title, colour: 0, t: known.map(([t]) => t), v: known.map(([, v]) => v) };
      this.#chart.update(chartModel({ unit: "seconds", startMs, endMs, stepMs, series: [series], forecast: this.#forecast }));
    } catch (error) {
      this.#note.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  async #predict(): Promise<void> {
    const [series] = (await this.#source.forecast(this.#focus.query, this.#rangeMs / 3)).series;
    if (series === undefined) return;
    this.#forecast = "refused" in series ? [] : series.points;
    this.#note.textContent = "refused" in series ? `No forecast: ${series.refused.reason}` : "";
  }
}
