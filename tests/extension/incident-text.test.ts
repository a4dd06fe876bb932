import type { Incident } from "@sightline/shared/api/incident-responses";
import { expect, test } from "vitest";
import { incidentDocument } from "../../extension/src/alerts/incident-text.ts";
import { alertNodes } from "../../extension/src/trees/alert-nodes.ts";
import { anAlert } from "../support/an-alert.ts";

const cause = anAlert({ id: "a1", name: "AgentSilent", severity: "error", incidentId: "i1", firedAt: 60_000 });
const follows = anAlert({ id: "a2", name: "Slow|ness", severity: "warning", incidentId: "i1", firedAt: 30_000 });
const alone = anAlert({ id: "a3", name: "Disk" });
const incident: Incident = {
  id: "i1",
  title: "AgentSilent on h1 and 1 more alert",
  state: "open",
  startedAt: 30_000,
  newestAt: 60_000,
  resolvedAt: null,
  alertCount: 2,
  openCount: 2,
  cause: { alert: cause, deploy: null, reason: "1 of the other 1 alerts follow from AgentSilent by what runs on what." },
  alerts: [follows, cause],
  timeline: [
    { at: 0, kind: "deploy", text: "shop 1.4.2 was deployed" },
    { at: 30_000, kind: "fired", text: "Slow|ness fired" },
  ],
  postMortem: null,
};

test("an incident's page says the cause, and what happened when, deploys marked", () => {
  const text = incidentDocument(incident);
  expect(text).toContain("## Probable first cause");
  expect(text).toContain("| 1970-01-01 00:00:00 | **deploy** | shop 1\\.4\\.2 was deployed |");
  expect(text).toContain("Slow\\|ness fired");
  expect(text).not.toContain("Post-mortem");
});

test("the tree shows an incident's alerts under it, the cause first, and those that stand alone by severity", () => {
  const [together, ...severities] = alertNodes([alone, follows, cause], 90_000, [incident]);
  expect(together).toMatchObject({ id: "incident:i1", contextValue: "incident", incidentId: "i1" });
  expect(together?.description).toContain("2 open");
  expect(together?.children?.map(({ label }) => label)).toEqual(["AgentSilent", "Slow|ness"]);
  expect(severities.flatMap(({ children }) => children ?? []).map(({ label }) => label)).toEqual(["Disk"]);
});
