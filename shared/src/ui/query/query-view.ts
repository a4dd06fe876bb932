/** Ask anything: an expression, its graph over the chosen range, and its values now. */
import { type Annotations, type DataSource, DataSourceError, type Disposable, type RangeAnswer } from "../../api/data-source.ts";
import { type AnswerRow, answerRows, histogramAdvice, rowName } from "../../format/answer-rows.ts";
import { spokenDuration } from "../../model/duration.ts";
import { seriesKey } from "../../model/labels.ts";
import { chartModel } from "../chart/chart-model.ts";
import { ColourAssignment } from "../chart/palette.ts";
import { seriesNames } from "../chart/series-name.ts";
import { TimeSeriesChart } from "../chart/time-series-chart.ts";
import { Disposables } from "../dom/disposables.ts";
import { element, setText } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { stepFor } from "../live/step.ts";
import { failureNotice } from "../panels/failure-notice.ts";
import { createQueryEditor } from "./query-editor.ts";

const REFRESH_MS = 10_000;
/** Lines a person can still tell apart; the table lists more. */
const MAX_LINES = 50;
const MAX_ROWS = 500;
/** Of warnings and infos. */
const MAX_REMARKS = 10;

export interface QueryViewOptions {
  readonly dataSource: DataSource;
  readonly now: () => number;
  readonly rangeMs: number;
  readonly query: string;
  readonly asked: (query: string) => void;
}

export function mountQueryView(parent: HTMLElement, options: QueryViewOptions): Disposable {
  const open = new Disposables();
  const { dataSource, now, rangeMs } = options;
  const chart = open.add(new TimeSeriesChart({ label: "Result over time", height: 320 }));
  const message = element("div", { class: "sl-panel-message" });
  const values = element("div", { class: "sl-scroll" });
  const summary = element("div", { class: "sl-panel-note", role: "status" });
  const remarks = element("div", { class: "sl-panel-note", role: "status" });
  const colours = new ColourAssignment();
  let running = "";
  let round = 0;

  const show = async (): Promise<void> => {
    const mine = ++round;
    const query = running;
    const end = now();
    const [range, instant] = await Promise.allSettled([
      dataSource.askRange(query, end - rangeMs, end, stepFor(rangeMs)),
      dataSource.ask(query, end),
    ]);
    if (mine !== round) return;
    if (range.status === "rejected") return failed(range.reason);
    const latest = instant.status === "fulfilled" ? instant.value : null;
    remark(latest === null ? [range.value] : [range.value, latest]);
    draw(range.value, query, end);
    table(latest === null ? [] : answerRows(latest));
  };

  /** The engine says of both answers what it has to say, mostly the same. */
  const remark = (answers: readonly Annotations[]): void => {
    const said = new Set(answers.flatMap(({ warnings, infos }) => [...warnings, ...infos]));
    remarks.replaceChildren(...[...said].slice(0, MAX_REMARKS).map((text) => element("div", { text })));
  };

  const failed = (reason: unknown): void => {
    chart.element.hidden = true;
    values.replaceChildren();
    remarks.replaceChildren();
    summary.textContent = "";
    if (reason instanceof DataSourceError) message.replaceChildren(failureNotice(reason));
    else throw reason;
  };

  const draw = ({ series: found, histograms }: RangeAnswer, query: string, endMs: number): void => {
    const shown = found.slice(0, MAX_LINES);
    chart.element.hidden = shown.length === 0;
    message.replaceChildren();
    const some =
      found.length > MAX_LINES
        ? `The graph shows the first ${MAX_LINES} of ${found.length} series; aggregate with sum by (…) or choose with topk(…).`
        : "";
    const advice = histograms === 0 ? "" : histogramAdvice(histograms, query);
    setText(summary, [some, shown.length === 0 ? "" : advice].filter((text) => text !== "").join(" "));
    if (shown.length === 0 && advice !== "") message.replaceChildren(notice({ title: "Nothing that has a line", detail: advice }));
    else if (shown.length === 0) {
      message.replaceChildren(
        notice({
          title: "Nothing in this range",
          detail: `The expression is right, but no series matched in the last ${spokenDuration(rangeMs)}. Check the name and the labels, or choose a longer range.`,
        }),
      );
    }
    if (shown.length === 0) return;
    const keys = shown.map(({ labels }) => seriesKey(labels));
    const names = seriesNames(shown.map(({ labels }) => labels));
    const assigned = colours.assign(keys);
    chart.update(
      chartModel({
        unit: "none",
        startMs: endMs - rangeMs,
        endMs,
        stepMs: stepFor(rangeMs),
        series: shown.map(({ t, v }, i) => {
          const present = v
            .map((value, at) => [t[at] ?? 0, value] as const)
            .filter((point): point is readonly [number, number] => point[1] !== null);
          return {
            key: keys[i] ?? "",
            name: names[i] ?? "",
            colour: assigned[i] ?? 0,
            t: present.map(([at]) => at),
            v: present.map(([, value]) => value),
          };
        }),
      }),
    );
  };

  const table = (all: readonly AnswerRow[]): void => {
    const shown = all.slice(0, MAX_ROWS);
    if (shown.length === 0) {
      values.replaceChildren();
      return;
    }
    const rows = shown.map(({ labels, text, whole }) =>
      element("tr", {}, [
        element("td", { class: "sl-mono", text: rowName(labels) }),
        element("td", { class: "sl-number", text, title: whole }),
      ]),
    );
    const head = element("tr", {}, [
      element("th", { text: all.length > shown.length ? `Series (${shown.length} of ${all.length})` : "Series" }),
      element("th", { class: "sl-number", text: "Value now" }),
    ]);
    values.replaceChildren(element("table", { class: "sl-table" }, [element("thead", {}, [head]), element("tbody", {}, rows)]));
  };

  const run = (query: string): void => {
    running = query.trim();
    options.asked(running);
    if (running !== "") void show();
  };

  const editor = open.add(createQueryEditor({ dataSource, now, query: options.query, run }));
  const button = element("button", {
    class: "sl-button sl-button-primary",
    type: "button",
    text: "Run",
    on: { click: () => run(editor.query()) },
  });
  message.append(
    notice({
      title: "Ask in PromQL",
      detail: "Write an expression and press Enter; Shift+Enter begins a new line. Names, labels and functions complete as you type.",
    }),
  );
  chart.element.hidden = true;
  const view = element("div", { class: "sl-query" }, [
    element("div", { class: "sl-query-box" }, [editor.element, button]),
    element("div", { class: "sl-panel sl-query-result" }, [chart.element, message, summary, remarks, values]),
  ]);
  parent.replaceChildren(view);
  open.add({ dispose: () => view.remove() });
  open.every(REFRESH_MS, () => {
    if (running !== "") void show();
  });
  if (options.query === "") editor.focus();
  else run(options.query);
  return open;
}
