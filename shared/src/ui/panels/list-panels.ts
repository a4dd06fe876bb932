/** SLOs and hosts, all read from the snapshot. */
import type { FleetHost, Snapshot } from "../../api/responses.ts";
import type { SloStatus } from "../../model/slo.ts";
import { element } from "../dom/element.ts";
import { notice, type NoticeText } from "../dom/notice.ts";
import { formatAge } from "../../format/age.ts";
import { spokenDuration } from "../../model/duration.ts";
import { formatObjective, formatValue } from "../../format/units.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";
import { levelOf } from "./stat-panel.ts";

interface ListOf<T> {
  readonly items: (snapshot: Snapshot) => readonly T[];
  readonly row: (item: T, nowMs: number) => HTMLElement;
  readonly empty: NoticeText;
}

function mountList<T>(context: PanelContext, list: ListOf<T>): MountedPanel {
  const body = element("div", { class: "sl-panel-body sl-list" });
  const listening = context.attention.listen(({ snapshot, error }) => {
    if (snapshot === null) {
      body.replaceChildren(
        error === null ? element("div", { class: "sl-skeleton", role: "status", label: "Loading" }) : failureNotice(error),
      );
      return;
    }
    const items = list.items(snapshot);
    const rows = items.map((item) => list.row(item, context.now()));
    const { activeElement } = document;
    body.replaceChildren(...(rows.length > 0 ? rows : [notice(list.empty)]));
    // Whoever is at a button stays there.
    if (activeElement instanceof HTMLElement && activeElement !== document.activeElement && body.contains(activeElement))
      activeElement.focus();
  });
  return { body, dispose: () => listening.dispose() };
}

export const mountSlosPanel = (context: PanelContext): MountedPanel =>
  mountList(context, {
    items: ({ slos }) => slos,
    row: sloRow,
    empty: {
      title: "No objectives yet",
      detail: "PUT /v1/slos/ID with a good and a total selector; the error budget is counted from that moment on.",
    },
  });

export const mountHostsPanel = (context: PanelContext): MountedPanel =>
  mountList(context, {
    items: ({ hosts }) => hosts,
    row: hostRow,
    empty: { title: "No host reports yet", detail: "Start an agent with `sightline agent`; it appears here with its first sample." },
  });

function sloRow({ slo, sli, budgetRemaining, burnRates, summary }: SloStatus): HTMLElement {
  const burning = burnRates.some(({ firing }) => firing);
  const level = budgetRemaining === null ? "plain" : budgetRemaining <= 0 || burning ? "error" : budgetRemaining < 0.25 ? "warning" : "ok";
  const fill = element("div", { class: `sl-budget-fill sl-level-${level}` });
  fill.style.width = `${Math.max(0, Math.min(1, budgetRemaining ?? 0)) * 100}%`;
  return element("div", { class: "sl-slo" }, [
    element("div", { class: "sl-row-head" }, [
      element("span", { class: "sl-row-title", text: slo.name }),
      element("span", {
        class: "sl-faint",
        text: `objective ${formatObjective(slo.objective)} over ${spokenDuration(slo.windowMs)}`,
      }),
    ]),
    element("div", { class: "sl-slo-numbers" }, [
      element("span", {
        class: `sl-slo-sli sl-level-${level}`,
        text: sli === null ? "no events" : sli === 1 ? "100%" : `${(sli * 100).toFixed(3)}%`,
      }),
      element("div", { class: "sl-budget", title: "Error budget that is left" }, [fill]),
      element("span", {
        class: "sl-slo-left",
        text: budgetText(budgetRemaining),
      }),
    ]),
    element("div", { class: "sl-faint", text: summary }),
  ]);
}

function budgetText(remaining: number | null): string {
  if (remaining === null) return "–";
  return remaining < 0 ? `overspent by ${formatValue(-remaining, "ratio")}` : `${formatValue(remaining, "ratio")} of budget left`;
}

function hostRow(host: FleetHost, nowMs: number): HTMLElement {
  const measure = (title: string, value: number | null, errorAt: number): HTMLElement =>
    element("div", { class: "sl-host-measure" }, [
      element("span", { class: "sl-faint", text: title }),
      element("span", {
        class: `sl-number sl-level-${levelOf(value, { warnAt: errorAt - 0.1, errorAt })}`,
        text: formatValue(value, "ratio"),
      }),
    ]);
  return element("div", { class: "sl-host" }, [
    element("span", { class: `sl-dot ${host.silent ? "sl-dot-error" : "sl-dot-ok"}` }),
    element("span", { class: "sl-row-title", text: host.name }),
    measure("CPU", host.cpuBusy, 0.95),
    measure("Memory", host.memoryUsed, 0.85),
    measure("Disk", host.diskUsed, 0.9),
    element("div", { class: "sl-host-measure" }, [
      element("span", { class: "sl-faint", text: "Load" }),
      element("span", { class: "sl-number", text: formatValue(host.load1, "none") }),
    ]),
    element("span", {
      class: "sl-faint sl-end",
      text: host.silent ? `silent, last seen ${formatAge(host.lastSeenAt, nowMs)}` : `seen ${formatAge(host.lastSeenAt, nowMs)}`,
    }),
  ]);
}
