import type { Incident, IncidentSummary } from "../../api/incident-responses.ts";
import { spokenDuration } from "../../model/duration.ts";
import { element } from "../dom/element.ts";
import { type IncidentDeeds, incidentDeeds } from "./incident-deeds.ts";

/** Timelines that are open on the page, by incident: the list is drawn anew with every change, and what was unfolded stays so. */
export type IncidentStories = Map<string, Incident | null>;

/** Above the alerts of an incident: its probable cause, and on demand what happened when. */
export function incidentHead(incident: IncidentSummary, stories: IncidentStories, deeds: IncidentDeeds): HTMLElement {
  const { context } = deeds;
  const { id, title, cause, openCount, startedAt } = incident;
  const story = element("div", { class: "sl-incident-story" });
  const details = element("details", { class: "sl-faint" }, [element("summary", { text: "What happened" }), story]);
  const known = stories.get(id);
  if (known !== undefined) {
    details.open = true;
    if (known !== null) story.replaceChildren(...timeline(known));
  }
  details.addEventListener("toggle", () => {
    if (!details.open) {
      stories.delete(id);
      return;
    }
    if (!stories.has(id)) stories.set(id, null);
    void context.dataSource.incident(id).then(
      (told) => {
        if (stories.has(id)) stories.set(id, told);
        story.replaceChildren(...timeline(told));
      },
      (reason: unknown) => {
        story.textContent = reason instanceof Error ? reason.message : String(reason);
      },
    );
  });
  /** What was done is in the timeline that is open. */
  const retell = async (): Promise<void> => {
    if (stories.has(id)) stories.set(id, await context.dataSource.incident(id));
  };
  return element("div", { class: "sl-incident" }, [
    element("div", { class: "sl-alert-head" }, [
      element("span", { class: "sl-badge", text: "incident" }),
      element("span", { class: "sl-alert-name", text: title }),
      element("span", { class: "sl-faint sl-end", text: `${openCount} open · for ${spokenDuration(context.now() - startedAt)}` }),
    ]),
    element("div", { class: "sl-alert-text", text: cause?.reason ?? "" }),
    incidentDeeds(incident, { ...deeds, attempt: (work) => deeds.attempt(work.then(retell)) }),
    details,
  ]);
}

const timeline = (incident: Incident): readonly HTMLElement[] =>
  incident.timeline.map(({ at, kind, text }) =>
    element("div", { class: `sl-incident-entry sl-incident-${kind}` }, [
      element("span", { class: "sl-number", text: new Date(at).toLocaleTimeString(undefined, { hourCycle: "h23" }) }),
      element("span", { text }),
    ]),
  );
