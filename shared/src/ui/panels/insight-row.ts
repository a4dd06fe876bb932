/** One insight: its sentence, what it rests on, a chart, and what people say of it. Kept while the list is drawn anew. */
import type { Disposable } from "../../api/data-source.ts";
import { DataSourceError } from "../../api/data-source.ts";
import type { InsightFeedbackResponse } from "../../api/responses.ts";
import { formatAge } from "../../format/age.ts";
import { insightAnswerSentence } from "../../format/anomaly-text.ts";
import { insightChart, endedText, whyText } from "../../format/insight-text.ts";
import { METRIC_NAME, formatLabels } from "../../model/labels.ts";
import type { Insight } from "../../model/insight.ts";
import { element, setText } from "../dom/element.ts";
import type { AnomalyAnswers } from "./anomaly-answers.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";
import { mountTimeSeriesPanel } from "./time-series-panel.ts";

const BEFORE_MS = 600_000;
/** Growth is not seen in minutes. */
const CAPACITY_RANGE_MS = 21_600_000;

export interface InsightRowContext {
  readonly context: PanelContext;
  readonly answers: AnomalyAnswers;
  /** Something was said: the list may be another now. */
  readonly changed: () => void;
}

export class InsightRow implements Disposable {
  readonly root = element("article", { class: "sl-insight" });
  readonly #with: InsightRowContext;
  readonly #head = element("div", { class: "sl-row-head" });
  readonly #text = element("div", { class: "sl-alert-text" });
  readonly #ended = element("div", { class: "sl-alert-text" });
  readonly #why = element("div", { class: "sl-faint" });
  readonly #deeds = element("div", { class: "sl-alert-actions" });
  readonly #said = element("div", { class: "sl-alert-text", role: "status" });
  readonly #detail = element("div");
  readonly #list = element("ul", { class: "sl-insight-series" });
  #chart: MountedPanel | null = null;
  #listed = false;
  #insight: Insight;

  constructor(insight: Insight, context: InsightRowContext) {
    this.#with = context;
    this.#insight = insight;
    this.root.append(this.#head, this.#text, this.#ended, this.#why, this.#deeds, this.#said, this.#detail);
  }

  update(insight: Insight, nowMs: number): void {
    this.#insight = insight;
    const { state, severity, kind, series, title, text, startedAt } = insight;
    this.root.className = `sl-insight sl-insight-${state} sl-severity-${severity}`;
    const badge =
      state !== "open"
        ? state === "over"
          ? "over"
          : "taken back"
        : kind === "capacity"
          ? "capacity"
          : (series[0]?.kind ?? "anomaly").replace("_", " ");
    this.#head.replaceChildren(
      element("span", { class: state === "open" ? "sl-badge" : "sl-badge sl-badge-plain", text: badge }),
      element("span", { class: "sl-row-title", text: title, title }),
      element("span", { class: "sl-faint sl-end", text: formatAge(startedAt, nowMs), title: new Date(startedAt).toLocaleString() }),
    );
    setText(this.#text, text);
    setText(this.#ended, endedText(insight, nowMs));
    setText(this.#why, whyText(insight));
    const focused =
      document.activeElement instanceof HTMLElement && this.#deeds.contains(document.activeElement)
        ? document.activeElement.dataset["deed"]
        : undefined;
    this.#deeds.replaceChildren(...this.#buttons(), ...this.#links());
    if (focused !== undefined) this.#deeds.querySelector<HTMLElement>(`[data-deed="${focused}"]`)?.focus();
    this.#drawList();
  }

  dispose(): void {
    this.#chart?.dispose();
    this.root.remove();
  }

  #buttons(): HTMLElement[] {
    const { series, state } = this.#insight;
    const buttons: HTMLElement[] = [];
    if (insightChart(this.#insight) !== null)
      buttons.push(
        this.#button("chart", this.#chart === null ? "Chart" : "Hide chart", "Draws the first of what it rests on", () =>
          this.#toggleChart(),
        ),
      );
    if (series.length > 1)
      buttons.push(
        this.#button("list", this.#listed ? "Hide series" : `${series.length} series`, "The earliest and strongest first", () =>
          this.#toggleList(),
        ),
      );
    if (series.length === 0) return buttons;
    const verdicts = new Set(series.map(({ verdict }) => verdict));
    const [only] = verdicts;
    if (state === "retracted" || (verdicts.size === 1 && only !== undefined)) {
      if (this.#said.textContent === "" && only === "real") this.#said.textContent = "Somebody said that this is real.";
      buttons.push(
        this.#answer("undo", "Undo", "Takes back what was said, and what it did to thresholds", (id) =>
          this.#source.takeBackInsightAnswer(id),
        ),
      );
      return buttons;
    }
    const which = series.length === 1 ? "this series" : `all ${series.length} series`;
    buttons.push(
      this.#answer("false", "False alarm", `Raises the thresholds of ${which} by a quarter, and a little those beside`, (id) =>
        this.#source.answerInsight(id, "false_alarm"),
      ),
      this.#answer("real", "Real", `Lowers the thresholds of ${which} by a tenth, and a little those beside`, (id) =>
        this.#source.answerInsight(id, "real"),
      ),
    );
    return buttons;
  }

  get #source(): PanelContext["dataSource"] {
    return this.#with.context.dataSource;
  }

  /** Alerts it rests on; series are behind their own button, and a deploy is in the sentence. */
  #links(): HTMLElement[] {
    return this.#insight.evidence
      .filter(({ kind }) => kind === "alert")
      .slice(0, 3)
      .map(({ text }) => element("span", { class: "sl-badge sl-badge-plain", text, title: "An alert that began with it" }));
  }

  #answer(deed: string, text: string, title: string, say: (id: string) => Promise<InsightFeedbackResponse>): HTMLElement {
    return this.#button(deed, text, title, () => {
      for (const button of this.#deeds.querySelectorAll("button")) button.disabled = true;
      void say(this.#insight.id).then(
        ({ feedback }) => {
          this.#said.textContent = insightAnswerSentence(feedback, deed === "undo");
          this.#with.changed();
        },
        (error: unknown) => {
          this.#said.textContent = error instanceof DataSourceError ? error.message : String(error);
          this.#redraw();
        },
      );
    });
  }

  #button(deed: string, text: string, title: string, press: () => void): HTMLElement {
    const button = element("button", { class: "sl-button", type: "button", text, title, on: { click: press } });
    button.dataset["deed"] = deed;
    return button;
  }

  #toggleChart(): void {
    if (this.#chart === null) {
      const drawn = insightChart(this.#insight);
      if (drawn === null) return;
      const { query, selector, unit } = drawn;
      this.#chart = mountTimeSeriesPanel(
        {
          type: "line",
          title: this.#insight.title,
          width: 6,
          unit,
          targets: [{ query, legend: this.#insight.series[0]?.labels[METRIC_NAME] ?? this.#insight.title }],
          ...(selector === null ? { forecast: { query } } : { expected: { selector } }),
        },
        { ...this.#with.context, rangeMs: this.#range() },
      );
      this.#detail.prepend(this.#chart.body);
    } else {
      this.#chart.dispose();
      this.#chart.body.remove();
      this.#chart = null;
    }
    this.#redraw();
  }

  /** What the page shows, and more where it began earlier: its beginning is what is to be seen. */
  #range(): number {
    const { context } = this.#with;
    const { kind, startedAt } = this.#insight;
    return Math.max(context.rangeMs, kind === "capacity" ? CAPACITY_RANGE_MS : context.now() - startedAt + BEFORE_MS);
  }

  #toggleList(): void {
    this.#listed = !this.#listed;
    this.#redraw();
  }

  #redraw(): void {
    this.update(this.#insight, this.#with.context.now());
  }

  #drawList(): void {
    if (!this.#listed) {
      this.#list.remove();
      return;
    }
    const rows = this.#insight.series.map(({ labels, text, anomalyId, over }) =>
      element("li", {}, [
        element("span", { class: "sl-mono", text: formatLabels(labels) }),
        element("span", { class: "sl-alert-text", text: `${text}${over ? "; back in its usual range" : ""}` }),
        this.#with.answers.rowOf(anomalyId),
      ]),
    );
    this.#list.replaceChildren(...rows);
    if (!this.#list.isConnected) this.#detail.append(this.#list);
  }
}
