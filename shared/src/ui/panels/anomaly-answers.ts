/** What people say of the anomalies of a list: two buttons each, what the answer does, and a third one that takes it back. */
import { DataSourceError } from "../../api/data-source.ts";
import type { AnomalyFeedbackResponse } from "../../api/responses.ts";
import { answerSentence, takenBackSentence } from "../../format/anomaly-text.ts";
import type { AnomalyVerdict } from "../../model/anomaly.ts";
import { element } from "../dom/element.ts";
import type { PanelContext } from "./panel-context.ts";

export class AnomalyAnswers {
  readonly #dataSource: PanelContext["dataSource"];
  /** By anomaly; null where nothing was said, or it was taken back. */
  readonly #said = new Map<string, AnomalyFeedbackResponse | null>();
  /** Kept while the list is drawn anew around them. */
  readonly #rows = new Map<string, HTMLElement>();

  constructor({ dataSource }: PanelContext) {
    this.#dataSource = dataSource;
    void dataSource.anomalyAnswers().then(
      (answers) => {
        for (const feedback of answers) if (!this.#said.has(feedback.answer.id)) this.#said.set(feedback.answer.id, feedback);
        for (const id of this.#rows.keys()) this.#draw(id, null);
      },
      // A server that is older than this has no answers; the buttons say what is wrong with them when they are pressed.
      () => undefined,
    );
  }

  /** The same element every time. */
  rowOf(id: string): HTMLElement {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    this.#rows.set(id, element("div", { class: "sl-row-head" }));
    return this.#draw(id, null);
  }

  /** Forgets the rows of others. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
  }

  /** `words`: what became of the last press, when the state itself does not say it. */
  #draw(id: string, words: string | null): HTMLElement {
    const row = this.#rows.get(id) ?? element("div");
    const feedback = this.#said.get(id) ?? null;
    const text = words ?? (feedback === null ? "" : answerSentence(feedback));
    const verdict = (text: string, title: string, of: AnomalyVerdict): HTMLElement =>
      this.#button(id, text, title, async () => {
        this.#said.set(id, await this.#dataSource.answerAnomaly(id, of));
        return null;
      });
    const undo = (): HTMLElement =>
      this.#button(id, "Undo", "Takes back what was said, and what it did to thresholds", async () => {
        const left = await this.#dataSource.takeBackAnomalyAnswer(id);
        this.#said.set(id, null);
        return takenBackSentence(left);
      });
    row.replaceChildren(
      ...(feedback === null
        ? [
            verdict("False alarm", "Raises the thresholds of this series by a quarter, and a little those beside it", "false_alarm"),
            verdict("Real", "Lowers the thresholds of this series by a tenth, and a little those beside it", "real"),
          ]
        : [undo()]),
      element("span", { class: "sl-alert-text", role: "status", text }),
    );
    return row;
  }

  #button(id: string, text: string, title: string, act: () => Promise<string | null>): HTMLElement {
    const press = (): void => {
      for (const button of this.#rows.get(id)?.querySelectorAll("button") ?? []) button.disabled = true;
      void act().then(
        (words) => this.#draw(id, words),
        (error: unknown) => this.#draw(id, error instanceof DataSourceError ? error.message : String(error)),
      );
    };
    return element("button", { class: "sl-button", type: "button", text, title, on: { click: press } });
  }
}
