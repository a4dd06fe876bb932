/** Which routes of the tree an alert takes, as Alertmanager's dispatcher decides it (dispatch/route.go). */
import type { Labels } from "../model/labels.ts";
import type { Matcher } from "../model/matcher.ts";
import { matchesLabels } from "../promql/matchers.ts";
import { formatMatcher } from "./matcher-text.ts";
import type { Route } from "./routing.ts";

/** What the root says when it says nothing: Alertmanager's defaults, ms. */
export const ROUTE_DEFAULTS = { groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 4 * 3_600_000 } as const;
/** In place of label names: every label makes groups. */
export const GROUP_BY_ALL = "...";

/** A node with what it inherits filled in. */
export interface EffectiveRoute {
  /** Names the node; stays the same while its own matchers and receiver and those above it do, whatever stands beside it. */
  readonly path: string;
  /** Null where no node from the root down names one: nobody is told. */
  readonly receiver: string | null;
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Not inherited, as in Alertmanager. */
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Of this node alone. */
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly routes: readonly EffectiveRoute[];
}

/** `{severity="critical", team=~"a|b"}`, in the order given. */
export const formatMatchers = (matchers: readonly Matcher[]): string => `{${matchers.map(formatMatcher).join(", ")}}`;

function effective(route: Route, parent: EffectiveRoute | null, path: string): EffectiveRoute {
  const node: Omit<EffectiveRoute, "routes"> = {
    path,
    receiver: route.receiver ?? parent?.receiver ?? null,
    groupBy: route.groupBy ?? parent?.groupBy ?? [],
    groupWaitMs: route.groupWaitMs ?? parent?.groupWaitMs ?? ROUTE_DEFAULTS.groupWaitMs,
    groupIntervalMs: route.groupIntervalMs ?? parent?.groupIntervalMs ?? ROUTE_DEFAULTS.groupIntervalMs,
    repeatIntervalMs: route.repeatIntervalMs ?? parent?.repeatIntervalMs ?? ROUTE_DEFAULTS.repeatIntervalMs,
    muteTimeIntervals: route.muteTimeIntervals ?? [],
    activeTimeIntervals: route.activeTimeIntervals ?? [],
    matchers: route.matchers,
    continue: route.continue,
  };
  const taken = new Map<string, number>();
  const routes = route.routes.map((child) => {
    const own = `${path}/${formatMatchers(child.matchers)}${child.receiver === undefined ? "" : ` ${child.receiver}`}`;
    const same = (taken.get(own) ?? 0) + 1;
    taken.set(own, same);
    return effective(child, { ...node, routes: [] }, same === 1 ? own : `${own}#${same}`);
  });
  return { ...node, routes };
}

/** The tree with defaults and inheritance filled in. */
export const effectiveTree = (root: Route): EffectiveRoute => effective(root, null, "{}");

/**
 * The nodes that take an alert with these labels, in the order of the tree: the deepest that match, the first of
 * siblings and those after it while `continue` says so. The root takes what no child does.
 */
export function routesOf(tree: EffectiveRoute, labels: Labels): readonly EffectiveRoute[] {
  const found: EffectiveRoute[] = [];
  collect(tree, labels, found);
  return found.length === 0 ? [tree] : found;
}

function collect(node: EffectiveRoute, labels: Labels, found: EffectiveRoute[]): void {
  const before = found.length;
  for (const child of node.routes) {
    if (!matchesLabels(child.matchers, labels)) continue;
    collect(child, labels, found);
    if (!child.continue) break;
  }
  if (found.length === before) found.push(node);
}

/** Every node, parents first. */
export const allRoutes = (tree: EffectiveRoute): readonly EffectiveRoute[] => [tree, ...tree.routes.flatMap(allRoutes)];

/** The labels that make an alert's group under a route; a label it does not have is left out, as in Alertmanager. */
export function groupLabelsOf(route: Pick<EffectiveRoute, "groupBy">, labels: Labels): Labels {
  const names = route.groupBy.includes(GROUP_BY_ALL) ? Object.keys(labels) : route.groupBy;
  const group: Record<string, string> = {};
  for (const name of names.toSorted()) {
    const value = labels[name];
    if (value !== undefined && value !== "") group[name] = value;
  }
  return group;
}

/** Route and group labels in one: `{}/{severity="critical"} pager:{alertname="DiskFull"}`. */
export const groupKeyOf = (route: Pick<EffectiveRoute, "path">, groupLabels: Labels): string =>
  `${route.path}:{${Object.entries(groupLabels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(", ")}}`;
