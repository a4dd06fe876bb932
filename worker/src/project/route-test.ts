import type { RouteTestResponse, RouteVerdict } from "@sightline/shared/api/alerting-responses";
import { type EffectiveRoute, formatMatchers, groupKeyOf, groupLabelsOf, routesOf } from "@sightline/shared/alerting/route-tree";
import { severityOf, UNTOUCHED } from "@sightline/shared/model/alert";
import { formatDuration } from "@sightline/shared/model/duration";
import type { Labels } from "@sightline/shared/model/labels";
import { silencesOf } from "../alerting/silence-matching.ts";
import type { RoutedAlert } from "../alerting/routed-alert.ts";
import { muteReason } from "../alerting/stages/mute.ts";
import { momentOf } from "./flush.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";

/** An alert that does not exist, with these labels. */
const supposed = (labels: Labels, nowMs: number): RoutedAlert => ({
  id: "",
  fingerprint: "",
  name: labels["alertname"] ?? "",
  severity: severityOf(labels),
  state: "firing",
  value: 0,
  threshold: null,
  condition: "",
  labels,
  annotations: {},
  activeAt: nowMs,
  firedAt: nowMs,
  ...UNTOUCHED,
  resolvedAt: null,
  triggerCount: 0,
  recommendations: [],
});

function whyOf(route: EffectiveRoute, isRoot: boolean): string {
  if (isRoot) return "no child of the root matches, so the root takes it";
  const matched = route.matchers.length === 0 ? "it takes every alert" : `it matches ${formatMatchers(route.matchers)}`;
  const inner = route.routes.length === 0 ? "" : ", and none of its children does";
  return `${matched}${inner}${route.continue ? "; routes after it are looked at as well" : ""}`;
}

/** Where an alert with these labels would go now, and why. Nothing is told to anybody. */
export function testRoutes(ports: ProjectPorts, labels: Labels): RouteTestResponse {
  const routing = readRouting(ports);
  const moment = momentOf(ports, routing);
  const alert = supposed(labels, moment.nowMs);
  const routes = routesOf(routing.tree, labels).map((route): RouteVerdict => {
    const groupLabels = groupLabelsOf(route, labels);
    return {
      route: route.path,
      receiver: route.receiver,
      why: whyOf(route, route === routing.tree),
      groupKey: groupKeyOf(route, groupLabels),
      groupLabels,
      groupWait: formatDuration(route.groupWaitMs),
      groupInterval: formatDuration(route.groupIntervalMs),
      repeatInterval: formatDuration(route.repeatIntervalMs),
      muted: muteReason(route, routing.config.timeIntervals, moment.nowMs),
    };
  });
  const receivers = [...new Set(routes.map(({ receiver }) => receiver).filter((receiver) => receiver !== null))];
  return {
    labels,
    receivers,
    routes,
    inhibitedBy: moment.inhibition.inhibitorOf(alert)?.name ?? null,
    silencedBy: silencesOf(alert, moment.silences, moment.nowMs).map(({ id }) => id),
  };
}
