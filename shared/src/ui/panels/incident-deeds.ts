import type { IncidentSummary } from "../../api/incident-responses.ts";
import { element } from "../dom/element.ts";
import type { PanelContext } from "./panel-context.ts";

/** Forms that are open on the page, by incident: the list is drawn anew around them, and what was typed stays. */
export type IncidentForms = Map<string, HTMLElement>;

export interface IncidentDeeds {
  readonly context: PanelContext;
  readonly forms: IncidentForms;
  /** Does it, and then shows how things are, or why it could not be done. */
  readonly attempt: (work: Promise<unknown>) => void;
  /** Open ones, which may be merged. */
  readonly others: readonly IncidentSummary[];
}

/** What a person can do about an incident, and the form that is open for it. */
export function incidentDeeds({ id, title, openCount }: IncidentSummary, { context, forms, attempt, others }: IncidentDeeds): HTMLElement {
  const { dataSource } = context;
  const before = forms.get(id);
  const place = element("div", {}, before === undefined ? [] : [before]);
  const close = (): void => {
    forms.delete(id);
    place.replaceChildren();
  };
  const open = (form: HTMLElement): void => {
    forms.set(id, form);
    place.replaceChildren(form);
    form.querySelector<HTMLElement>("input, select, button")?.focus();
  };
  const ask = (field: HTMLInputElement | HTMLSelectElement | HTMLElement, words: string, done: () => Promise<unknown>): void => {
    const form = element(
      "form",
      { class: "sl-incident-form", on: { submit: (event) => (event.preventDefault(), close(), attempt(done())) } },
      [field, element("button", { class: "sl-button", type: "submit", text: words }), button("Cancel", close)],
    );
    open(form);
  };
  const input = (label: string, value: string): HTMLInputElement => {
    const field = element("input", { class: "sl-input", type: "text", label });
    field.placeholder = label;
    field.value = value;
    return field;
  };
  const buttons = [
    button("Acknowledge", () => attempt(dataSource.acknowledgeIncident(id))),
    button("Note", () => {
      const field = input("What others should know", "");
      field.required = true;
      ask(field, "Add note", () => dataSource.noteIncident(id, field.value));
    }),
    button("Rename", () => {
      const field = input("Title; empty: named after its cause", title);
      ask(field, "Rename", () => dataSource.nameIncident(id, field.value));
    }),
    button("Resolve", () =>
      ask(
        element("span", { text: `Resolve ${openCount === 1 ? "its open alert" : `all ${openCount} open alerts`} by hand?` }),
        "Resolve",
        () => dataSource.resolveIncident(id),
      ),
    ),
  ];
  const mergeable = others.filter((other) => other.id !== id);
  if (mergeable.length > 0)
    buttons.push(
      button("Merge", () => {
        const field = element("select", { class: "sl-select", label: "The incident to take into this one" });
        field.append(...mergeable.map((other) => new Option(other.title, other.id)));
        ask(field, "Take in", () => dataSource.mergeIncidents(id, field.value));
      }),
    );
  return element("div", {}, [element("div", { class: "sl-alert-actions" }, buttons), place]);
}

function button(text: string, press: () => void): HTMLElement {
  return element("button", { class: "sl-button", type: "button", text, on: { click: press } });
}
