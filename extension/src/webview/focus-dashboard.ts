import type { Dashboard } from "@sightline/shared/ui/dashboard/dashboard";
import type { Focus } from "../dashboard/panel-protocol.ts";

/** The one timing that the person asked to see, with its forecast, as a dashboard of its own. */
export const focusDashboard = (focus: Focus): Dashboard => ({
  schemaVersion: 1,
  id: "focus",
  title: focus.title,
  variables: [],
  sections: [
    {
      title: focus.title,
      panels: [
        {
          type: "line",
          title: focus.title,
          description: focus.query,
          width: 12,
          unit: focus.unit,
          targets: [{ query: focus.query, legend: focus.title }],
          forecast: { query: focus.query },
          ...(focus.selector === undefined ? {} : { expected: { selector: focus.selector } }),
        },
      ],
    },
  ],
});
