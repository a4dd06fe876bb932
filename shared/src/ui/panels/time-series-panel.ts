import type { ExpectedRange } from "../../api/responses.ts";
import type { ForecastPoint } from "../../model/forecast.ts";
import { deployMarks } from "../chart/chart-marks.ts";
import { chartModel, type ChartSeries } from "../chart/chart-model.ts";
import { ColourAssignment } from "../chart/palette.ts";
import { seriesNames } from "../chart/series-name.ts";
import { TimeSeriesChart } from "../chart/time-series-chart.ts";
import type { TimeSeriesPanel } from "../dashboard/dashboard.ts";
import { Disposables } from "../dom/disposables.ts";
import { element } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { formatBrief } from "../../format/units.ts";
import { expectedSentence, forecastHorizon, forecastNotes, forecastSentence } from "../../format/forecast-text.ts";
import { spokenDuration } from "../../model/duration.ts";
import { type FeedState, openPanelFeed } from "../live/panel-feed.ts";
import { fillVariables } from "../live/variables.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

const ANALYSIS_EVERY_MS = 30_000;
/** While there is no forecast or expected range yet. */
const FIRST_ANALYSIS_EVERY_MS = 10_000;

export function mountTimeSeriesPanel(panel: TimeSeriesPanel, context: PanelContext): MountedPanel {
  const open = new Disposables();
  const note = element("div", { class: "sl-panel-note" });
  const body = element("div", { class: "sl-panel-body" });
  const chart = open.add(new TimeSeriesChart({ syncKey: context.syncKey, label: panel.title, height: panel.width >= 6 ? 200 : 170 }));
  const colours = new ColourAssignment();
  const message = element("div", { class: "sl-panel-message" });
  body.append(chart.element, message, note);
  let expected: Pick<ExpectedRange, "t" | "lower" | "upper"> | null = null;
  let forecast: readonly ForecastPoint[] | null = null;
  let latest: FeedState | null = null;

  open.add(context.deploys.listen((deploys) => chart.mark(deployMarks(deploys, context.variables))));

  const draw = (): void => {
    const state = latest;
    if (state === null) return;
    const series = chartSeries(panel, state, colours);
    const empty = series.length === 0;
    chart.element.hidden = empty;
    message.replaceChildren(...(empty ? [emptyNotice(state, context.rangeMs)] : []));
    if (empty) return;
    chart.update(
      chartModel({
        unit: panel.unit,
        startMs: state.startMs,
        endMs: state.endMs,
        stepMs: state.stepMs,
        series,
        expected: series.length === 1 && expected !== null ? upTo(expected, state.endMs) : null,
        forecast: series.length === 1 ? forecast : null,
        stacked: panel.stacked ?? false,
        filled: panel.type === "area",
        threshold: panel.threshold ?? null,
        ...(panel.ceiling === undefined ? {} : { ceiling: panel.ceiling }),
      }),
    );
  };

  open.add(
    openPanelFeed({
      dataSource: context.dataSource,
      compile: context.compile,
      now: context.now,
      queries: panel.targets.map(({ query }) => ({ query: fillVariables(query, context.variables), rangeMs: context.rangeMs })),
      changed(state) {
        latest = state;
        draw();
      },
    }),
  );

  const analyse = async (): Promise<void> => {
    const now = context.now();
    const [ranges, forecasts] = await Promise.allSettled([
      panel.expected === undefined
        ? null
        : context.dataSource.anomalies(fillVariables(panel.expected.selector, context.variables), now - context.rangeMs, now, true),
      panel.forecast === undefined
        ? null
        : context.dataSource.forecast(fillVariables(panel.forecast.query, context.variables), forecastHorizon(context.rangeMs)),
    ]);
    const range = ranges.status === "fulfilled" ? ranges.value?.ranges : undefined;
    expected = range?.length === 1 && range[0] !== undefined ? oriented(range[0], panel.expected?.complement === true) : null;
    const first = forecasts.status === "fulfilled" && forecasts.value?.series.length === 1 ? forecasts.value.series[0] : undefined;
    const said = first !== undefined && "points" in first ? first : null;
    note.textContent = first !== undefined && "refused" in first ? `No forecast: ${first.refused.reason}` : forecastNotes(said);
    forecast = said?.points ?? null;
    const format = (value: number): string => formatBrief(value, panel.unit);
    const sentences = [
      expected === null ? "" : expectedSentence(expected, format),
      forecastSentence({ points: forecast ?? [] }, forecastHorizon(context.rangeMs), format),
    ];
    chart.describe(sentences.filter((sentence) => sentence !== "").join(". "));
    draw();
  };
  if (panel.expected !== undefined || panel.forecast !== undefined) {
    let analysedAt = context.now();
    void analyse();
    open.every(FIRST_ANALYSIS_EVERY_MS, () => {
      const known = (panel.expected === undefined || expected !== null) && (panel.forecast === undefined || forecast !== null);
      if (known && context.now() - analysedAt < ANALYSIS_EVERY_MS - FIRST_ANALYSIS_EVERY_MS / 2) return;
      analysedAt = context.now();
      void analyse();
    });
  }
  return { body, dispose: () => open.dispose() };
}

function chartSeries(panel: TimeSeriesPanel, state: FeedState, colours: ColourAssignment): readonly ChartSeries[] {
  const found = state.histories.flatMap((history, target) => {
    const { series } = history;
    const names = seriesNames(
      series.map(({ labels }) => labels),
      panel.targets[target]?.legend,
      panel.title,
    );
    return series.map((one, index) => ({
      target,
      key: `${target}:${one.key}`,
      name: names[index] ?? "",
      t: one.t,
      v: one.v,
      spacingMs: state.spacings[target] ?? 0,
    }));
  });
  found.sort((a, b) => a.target - b.target || a.name.localeCompare(b.name, "en", { numeric: true }));
  const assigned = colours.assign(found.map(({ key }) => key));
  return found.map((one, index) => ({ ...one, colour: assigned[index] ?? 0 }));
}

/** The range last known holds until the next is read, so that its band ends where the line does. */
function upTo(range: Pick<ExpectedRange, "t" | "lower" | "upper">, endMs: number): Pick<ExpectedRange, "t" | "lower" | "upper"> {
  const last = range.t.at(-1);
  const lower = range.lower.at(-1);
  const upper = range.upper.at(-1);
  if (last === undefined || lower === undefined || upper === undefined || last >= endMs || endMs - last > 2 * ANALYSIS_EVERY_MS)
    return range;
  return { t: [...range.t, endMs], lower: [...range.lower, lower], upper: [...range.upper, upper] };
}

/** The expected range of one minus a series is its mirror image. */
function oriented(range: ExpectedRange, complement: boolean): Pick<ExpectedRange, "t" | "lower" | "upper"> {
  if (!complement) return range;
  return {
    t: range.t,
    lower: range.upper.map((value) => Math.max(0, 1 - value)),
    upper: range.lower.map((value) => Math.min(1, 1 - value)),
  };
}

function emptyNotice(state: FeedState, rangeMs: number): HTMLElement {
  if (state.status === "loading") return element("div", { class: "sl-skeleton", role: "status", label: "Loading" });
  if (state.error !== null) return failureNotice(state.error);
  return notice({
    title: "No samples here yet",
    detail: `Nothing matched in the last ${spokenDuration(rangeMs)}. The chart starts by itself when the first sample arrives; check that the agent or service that sends this metric runs.`,
  });
}
