import { labelFingerprint } from "@sightline/shared/alerting/label-fingerprint";
import { groupKeyOf, groupLabelsOf, routesOf } from "@sightline/shared/alerting/route-tree";
import { intervalHolds } from "@sightline/shared/alerting/time-interval";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { compileMatcher, matchesLabels } from "@sightline/shared/promql/matchers";
import { EDITOR } from "../../alerting/notification.ts";
import { matchedLabels, shownLabels, silencesOf } from "../../alerting/silence-matching.ts";
import type { AlertmanagerAlert, AlertmanagerFilter, AlertmanagerGroup } from "../../objects/alertmanager-rpc.ts";
import type { StoredAlert } from "../alert-lifecycle.ts";
import { listAlerts } from "../alert-store.ts";
import { type ExternalAlert, RESOLVE_TIMEOUT_MS, openExternalAlerts } from "../external-alerts.ts";
import { momentOf } from "../flush.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { type Routing, readRouting } from "../routing.ts";

const ALL = 1_000_000;

/** A label without a value is no label. */
const present = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** What every open alert is shown by: as the pipeline would judge it at this moment. */
class AlertmanagerView {
  readonly #routing: Routing;
  readonly #moment: ReturnType<typeof momentOf>;
  readonly #external: ReadonlyMap<string, ExternalAlert>;
  readonly #muting: ReadonlySet<string>;

  constructor(ports: ProjectPorts) {
    this.#routing = readRouting(ports);
    this.#moment = momentOf(ports, this.#routing);
    this.#external = openExternalAlerts(ports);
    const { nowMs, timeIntervals } = this.#moment;
    this.#muting = new Set(timeIntervals.filter((interval) => intervalHolds(interval, nowMs)).map(({ name }) => name));
  }

  routesOf(labels: Labels) {
    return routesOf(this.#routing.tree, labels).map((route) => ({ route, receiver: route.receiver ?? EDITOR }));
  }

  of(alert: StoredAlert): AlertmanagerAlert {
    const { nowMs, inhibition, silences } = this.#moment;
    const labels = present(shownLabels(alert));
    const external = this.#external.get(alert.fingerprint);
    const inhibitor = inhibition.inhibitorOf(alert);
    const silencedBy = silencesOf(alert, silences, nowMs).map(({ id }) => id);
    const inhibitedBy = inhibitor === null ? [] : [labelFingerprint(present(shownLabels(inhibitor)))];
    const routes = this.routesOf(matchedLabels(alert));
    const muted = routes.map(({ route }) => route.muteTimeIntervals.filter((name) => this.#muting.has(name)));
    const mutedBy = muted.every(({ length }) => length > 0) ? unique(muted.flat()) : [];
    const startsAt = alert.firedAt ?? alert.activeAt;
    return {
      labels,
      annotations: alert.annotations,
      fingerprint: labelFingerprint(labels),
      receivers: unique(routes.map(({ receiver }) => receiver)),
      state: silencedBy.length + inhibitedBy.length + mutedBy.length > 0 ? "suppressed" : "active",
      silencedBy,
      inhibitedBy,
      mutedBy,
      startsAt,
      updatedAt: external?.updatedAt ?? Math.max(startsAt, alert.acknowledgedAt ?? 0, alert.escalated?.at ?? 0),
      // A rule's own alert lasts while its condition does; this is what a Prometheus would have said of it.
      endsAt: external?.endsAt ?? nowMs + RESOLVE_TIMEOUT_MS,
      generatorUrl: alert.generatorUrl ?? "",
    };
  }
}

function isWanted(alert: AlertmanagerAlert, { active, silenced, inhibited, muted, matchers }: AlertmanagerFilter): boolean {
  if (!active && alert.state === "active") return false;
  if (!silenced && alert.silencedBy.length > 0) return false;
  if (!inhibited && alert.inhibitedBy.length > 0) return false;
  if (!muted && alert.mutedBy.length > 0) return false;
  return matchesLabels(matchers, alert.labels);
}

/** Fails with `bad_request` when the expression does not compile. */
function receiverMatcher(expression: string): Result<(receiver: string) => boolean> {
  if (expression === "") return ok(() => true);
  const matcher: Matcher = { name: "receiver", op: "=~", value: expression };
  const compiled = compileMatcher(matcher);
  return compiled.ok
    ? compiled
    : fail("bad_request", `The parameter receiver is no regular expression: ${compiled.error.message}. Nothing was read.`);
}

const openAlerts = (ports: ProjectPorts): readonly StoredAlert[] => listAlerts(ports, { states: ["firing", "acknowledged"], limit: ALL });

const byFingerprint = (left: AlertmanagerAlert, right: AlertmanagerAlert): number => (left.fingerprint < right.fingerprint ? -1 : 1);

/** Codes: `bad_request`. */
export function alertmanagerAlerts(ports: ProjectPorts, filter: AlertmanagerFilter): Result<readonly AlertmanagerAlert[]> {
  const receiver = receiverMatcher(filter.receiver);
  if (!receiver.ok) return receiver;
  const view = new AlertmanagerView(ports);
  const alerts = openAlerts(ports)
    .map((alert) => view.of(alert))
    .filter((alert) => isWanted(alert, filter) && alert.receivers.some(receiver.value));
  return ok(alerts.toSorted(byFingerprint));
}

/** As the routes group what is open now. Codes: `bad_request`. */
export function alertmanagerGroups(ports: ProjectPorts, filter: AlertmanagerFilter): Result<readonly AlertmanagerGroup[]> {
  const wanted = receiverMatcher(filter.receiver);
  if (!wanted.ok) return wanted;
  const view = new AlertmanagerView(ports);
  const groups = new Map<string, AlertmanagerGroup & { readonly alerts: AlertmanagerAlert[] }>();
  for (const stored of openAlerts(ports)) {
    const alert = view.of(stored);
    if (!isWanted(alert, filter)) continue;
    for (const { route, receiver } of view.routesOf(alert.labels)) {
      if (!wanted.value(receiver)) continue;
      const labels = groupLabelsOf(route, alert.labels);
      const key = groupKeyOf(route, labels);
      const group = groups.get(key) ?? { labels, receiver, alerts: [] };
      group.alerts.push(alert);
      groups.set(key, group);
    }
  }
  const order = ({ labels, receiver }: AlertmanagerGroup): string => JSON.stringify([Object.entries(labels), receiver]);
  return ok(
    [...groups.values()]
      .map((group) => ({ ...group, alerts: group.alerts.toSorted(byFingerprint) }))
      .toSorted((left, right) => (order(left) < order(right) ? -1 : 1)),
  );
}
