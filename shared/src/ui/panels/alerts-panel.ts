import { DataSourceError } from "../../api/data-source.ts";
import type { Alert } from "../../model/alert.ts";
import { METRIC_NAME } from "../../model/labels.ts";
import { element } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { formatAge } from "../../format/age.ts";
import { heldWords } from "../../format/held-text.ts";
import { spokenDuration } from "../../model/duration.ts";
import type { IncidentForms } from "./incident-deeds.ts";
import { type IncidentStories, incidentHead } from "./incident-head.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

const HOUR_MS = 3_600_000;
const SHOWN = 50;

/** Every alert with what can be done about it. */
export function mountAlertsPanel(context: PanelContext): MountedPanel {
  const body = element("div", { class: "sl-panel-body sl-list sl-list-tall" });
  const problem = element("div", { class: "sl-list-problem", role: "alert" });
  const stories: IncidentStories = new Map();
  const forms: IncidentForms = new Map();
  const attempt = (work: Promise<unknown>): void => {
    problem.textContent = "";
    void work.then(
      () => context.attention.refresh(),
      (reason: unknown) => {
        problem.textContent = reason instanceof DataSourceError ? reason.message : String(reason);
      },
    );
  };
  const listening = context.attention.listen(({ alerts, snapshot, error }) => {
    if (snapshot === null && alerts.length === 0) {
      body.replaceChildren(
        error === null ? element("div", { class: "sl-skeleton", role: "status", label: "Loading" }) : failureNotice(error),
      );
      return;
    }
    const shown = alerts.slice(0, SHOWN);
    const incidents = snapshot?.incidents ?? [];
    const ofIncident = new Set(incidents.map(({ id }) => id));
    const isTogether = ({ incidentId }: Alert): boolean => incidentId !== undefined && ofIncident.has(incidentId);
    const rows = [
      ...incidents.flatMap((incident) => [
        incidentHead(incident, stories, { context, forms, attempt, others: incidents }),
        ...shown.filter(({ incidentId }) => incidentId === incident.id).map((alert) => alertRow(alert, context, attempt)),
      ]),
      ...shown.filter((alert) => !isTogether(alert)).map((alert) => alertRow(alert, context, attempt)),
    ];
    const { activeElement } = document;
    body.replaceChildren(
      problem,
      ...(rows.length > 0
        ? rows
        : [
            notice({
              title: "All quiet",
              detail: "No rule has an active alert. The default rules watch CPU, memory, disks, errors and silent agents.",
            }),
          ]),
    );
    // Whoever types into a form goes on typing.
    if (activeElement instanceof HTMLElement && activeElement !== document.activeElement && body.contains(activeElement))
      activeElement.focus();
  });
  return { body, dispose: () => listening.dispose() };
}

function alertRow(alert: Alert, context: PanelContext, attempt: (work: Promise<unknown>) => void): HTMLElement {
  const now = context.now();
  const since =
    alert.resolvedAt === null
      ? `for ${spokenDuration(now - (alert.firedAt ?? alert.activeAt))}`
      : `resolved ${formatAge(alert.resolvedAt, now)}`;
  const said = alert.acknowledgedNote === null ? "" : `: ${alert.acknowledgedNote}`;
  const who = alert.acknowledgedBy === null ? "" : ` · acknowledged by ${alert.acknowledgedBy}${said}`;
  const snoozed = alert.snoozedUntil !== null && alert.snoozedUntil > now ? ` · snoozed until ${clockTime(alert.snoozedUntil)}` : "";
  const dated = ["silenced", "snoozed"];
  const held = heldWords(alert, now)
    .filter((word) => !dated.includes(word))
    .map((word) => ` · ${word}`)
    .join("");
  const noData =
    alert.gap !== undefined && alert.gap.since !== null && alert.resolvedAt === null
      ? ` · no data since ${clockTime(alert.gap.since)}`
      : "";
  const silenced = alert.silencedUntil !== null && alert.silencedUntil > now ? ` · silenced until ${clockTime(alert.silencedUntil)}` : "";
  const actions: Node[] = [];
  if (alert.state === "firing") {
    actions.push(
      button("Acknowledge", () => attempt(context.dataSource.acknowledge(alert.id).then((changed) => context.attention.put(changed)))),
    );
  }
  if ((alert.state === "firing" || alert.state === "acknowledged") && silenced === "") {
    actions.push(
      button("Silence 1 h", () =>
        attempt(
          context.dataSource.silence({
            matchers: matchersOf(alert),
            endsAt: context.now() + HOUR_MS,
            comment: "Silenced for an hour from the dashboard",
          }),
        ),
      ),
    );
  }
  return element("div", { class: `sl-alert sl-severity-${alert.severity} sl-state-${alert.state}` }, [
    element("div", { class: "sl-alert-main" }, [
      element("div", { class: "sl-alert-head" }, [
        element("span", { class: "sl-badge", text: alert.state === "firing" ? alert.severity : alert.state }),
        element("span", { class: "sl-alert-name", text: alert.name }),
      ]),
      element("div", { class: "sl-alert-text", text: alert.annotations["summary"] ?? alert.annotations["description"] ?? alert.condition }),
      element("div", {
        class: "sl-faint",
        title: alert.held?.reason ?? "",
        text: `${labelText(alert)} ${since}${who}${silenced}${snoozed}${held}${noData}`.trim(),
      }),
    ]),
    element("div", { class: "sl-alert-actions" }, actions),
  ]);
}

function button(text: string, press: () => void): HTMLElement {
  const node = element("button", { class: "sl-button", type: "button", text });
  node.addEventListener("click", () => {
    node.disabled = true;
    press();
  });
  return node;
}

/** Whole minutes are enough for an end that was asked for in hours. */
function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** The labels that say where, without those that repeat the rule. */
function labelText(alert: Alert): string {
  const where = Object.entries(alert.labels).filter(([name]) => name !== METRIC_NAME && name !== "alertname" && name !== "severity");
  return where.length === 0
    ? ""
    : `${where
        .slice(0, 4)
        .map(([name, value]) => `${name}=${value}`)
        .join(" ")} ·`;
}

/** Silences this alert and no other: its rule and all its labels. */
function matchersOf(alert: Alert): { name: string; value: string; isRegex: boolean; isEqual: boolean }[] {
  const labels = { alertname: alert.name, ...alert.labels };
  return Object.entries(labels)
    .filter(([name]) => name !== METRIC_NAME)
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}
