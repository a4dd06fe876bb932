/** What people should know, each thing once, what weighs most first. */
import { DataSourceError } from "../../api/data-source.ts";
import type { InsightsResponse } from "../../api/responses.ts";
import { Disposables } from "../dom/disposables.ts";
import { element } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { AnomalyAnswers } from "./anomaly-answers.ts";
import { failureNotice } from "./failure-notice.ts";
import { InsightRow } from "./insight-row.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

const REFRESH_MS = 10_000;

export function mountInsightsPanel(context: PanelContext): MountedPanel {
  const open = new Disposables();
  const list = element("div", { class: "sl-list sl-list-tall" }, [
    element("div", { class: "sl-skeleton", role: "status", label: "Loading" }),
  ]);
  const answers = new AnomalyAnswers(context);
  const rows = new Map<string, InsightRow>();
  let asked = 0;
  let disposed = false;

  const draw = ({ insights }: InsightsResponse): void => {
    const ids = new Set(insights.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      row.dispose();
      rows.delete(id);
    }
    answers.keep(new Set(insights.flatMap(({ series }) => series.map(({ anomalyId }) => anomalyId))));
    const drawn = insights.map((insight) => {
      const row = rows.get(insight.id) ?? new InsightRow(insight, { context, answers, changed: () => void refresh() });
      rows.set(insight.id, row);
      row.update(insight, context.now());
      return row.root;
    });
    if (drawn.length === 0) {
      list.replaceChildren(
        notice({
          title: "Nothing to know",
          detail:
            "Every series is within its expected range, and nothing is about to be full. Detectors learn for some minutes before they judge a new series.",
        }),
      );
      return;
    }
    // A row that stays in its place keeps focus and chart: only what has moved is put elsewhere.
    const gone = Array.from(list.children).filter((child) => !drawn.some((root) => root === child));
    for (const child of gone) child.remove();
    for (const [place, root] of drawn.entries()) if (list.children[place] !== root) list.insertBefore(root, list.children[place] ?? null);
  };

  const refresh = async (): Promise<void> => {
    const mine = ++asked;
    try {
      const response = await context.dataSource.insights();
      if (!disposed && mine === asked) draw(response);
    } catch (error) {
      if (disposed || mine !== asked) return;
      if (!(error instanceof DataSourceError)) throw error;
      // What was known stays, as charts do; the page's own state says that it is old.
      if (rows.size === 0) list.replaceChildren(failureNotice(error));
    }
  };
  open.every(REFRESH_MS, () => void refresh());
  void refresh();
  return {
    body: element("div", { class: "sl-panel-body" }, [list]),
    dispose() {
      disposed = true;
      open.dispose();
      for (const row of rows.values()) row.dispose();
    },
  };
}
