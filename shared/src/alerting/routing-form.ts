/**
 * Routes, inhibition and time intervals as Alertmanager's configuration writes them (snake_case, durations as texts,
 * matchers as texts), both ways. The shape itself is checked by whoever takes the body in.
 */
import { formatDuration, parseDuration } from "../model/duration.ts";
import type { Matcher } from "../model/matcher.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { compileMatcher } from "../promql/matchers.ts";
import { formatMatcher, parseMatchers } from "./matcher-text.ts";
import type { InhibitRule, Route, RoutingConfig } from "./routing.ts";
import { parseTimeInterval, timeIntervalForm, type TimeIntervalForm } from "./time-interval-form.ts";

export interface RouteForm {
  readonly receiver?: string;
  readonly matchers?: readonly string[];
  /** The older ways of writing matchers. */
  readonly match?: Readonly<Record<string, string>>;
  readonly match_re?: Readonly<Record<string, string>>;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly mute_time_intervals?: readonly string[];
  readonly active_time_intervals?: readonly string[];
  readonly continue?: boolean;
  readonly routes?: readonly RouteForm[];
}

export interface InhibitRuleForm {
  readonly source_matchers?: readonly string[];
  readonly source_match?: Readonly<Record<string, string>>;
  readonly source_match_re?: Readonly<Record<string, string>>;
  readonly target_matchers?: readonly string[];
  readonly target_match?: Readonly<Record<string, string>>;
  readonly target_match_re?: Readonly<Record<string, string>>;
  readonly equal?: readonly string[];
}

export interface RoutingForm {
  readonly route: RouteForm;
  readonly inhibit_rules?: readonly InhibitRuleForm[];
  readonly time_intervals?: readonly TimeIntervalForm[];
}

/** What a refusal carries out of the recursion: turned into a Result at the only exit. */
class Refusal extends Error {}

const refuse = (where: string, what: string): never => {
  throw new Refusal(`${where}: ${what}`);
};

function matchersOf(
  where: string,
  texts: readonly string[] = [],
  match: Readonly<Record<string, string>> = {},
  matchRe: Readonly<Record<string, string>> = {},
): readonly Matcher[] {
  const found = texts.flatMap((text) => {
    const parsed = parseMatchers(text);
    return parsed.ok ? parsed.value : refuse(where, parsed.error.message);
  });
  const exact = Object.entries(match).map(([name, value]): Matcher => ({ name, op: "=", value }));
  const expressions = Object.entries(matchRe).map(([name, value]): Matcher => ({ name, op: "=~", value }));
  for (const matcher of expressions) {
    const compiled = compileMatcher(matcher);
    if (!compiled.ok) refuse(where, `the expression for ${matcher.name} does not compile: ${compiled.error.message}`);
  }
  return [...found, ...exact, ...expressions];
}

function duration(where: string, field: string, text: string | undefined, mayBeZero: boolean): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text);
  if (!parsed.ok) return refuse(where, `${field}: ${parsed.error.message}`);
  return parsed.value === 0 && !mayBeZero ? refuse(where, `${field} must be longer than zero`) : parsed.value;
}

const given = <Name extends string, T>(name: Name, value: T | undefined): { readonly [Key in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: T };

function routeOf(form: RouteForm, where: string, intervals: ReadonlySet<string>): Route {
  const named = [...(form.mute_time_intervals ?? []), ...(form.active_time_intervals ?? [])];
  for (const name of named) if (!intervals.has(name)) refuse(where, `there is no time interval ${JSON.stringify(name)}`);
  if (form.group_by !== undefined && new Set(form.group_by).size < form.group_by.length) refuse(where, "group_by names a label twice");
  if (form.group_by !== undefined && form.group_by.includes("...") && form.group_by.length > 1)
    refuse(where, "group_by is either [...] or a list of labels");
  return {
    ...given("receiver", form.receiver),
    matchers: matchersOf(where, form.matchers, form.match, form.match_re),
    ...given("groupBy", form.group_by),
    ...given("groupWaitMs", duration(where, "group_wait", form.group_wait, true)),
    ...given("groupIntervalMs", duration(where, "group_interval", form.group_interval, false)),
    ...given("repeatIntervalMs", duration(where, "repeat_interval", form.repeat_interval, false)),
    ...given("muteTimeIntervals", form.mute_time_intervals),
    ...given("activeTimeIntervals", form.active_time_intervals),
    continue: form.continue ?? false,
    routes: (form.routes ?? []).map((child, i) => routeOf(child, `${where}.routes[${i}]`, intervals)),
  };
}

function inhibitRuleOf(form: InhibitRuleForm, i: number): InhibitRule {
  const where = `inhibit_rules[${i}]`;
  const source = matchersOf(`${where}.source`, form.source_matchers, form.source_match, form.source_match_re);
  const target = matchersOf(`${where}.target`, form.target_matchers, form.target_match, form.target_match_re);
  if (source.length === 0 || target.length === 0) refuse(where, "it needs matchers for the source and for the target");
  return { source, target, equal: form.equal ?? [] };
}

function configOf(form: RoutingForm): RoutingConfig {
  const timeIntervals = (form.time_intervals ?? []).map((each) => {
    const interval = parseTimeInterval(each);
    return interval.ok ? interval.value : refuse("time_intervals", interval.error.message);
  });
  const names = timeIntervals.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) refuse("time_intervals", `there are two named ${JSON.stringify(twice)}`);
  const route = routeOf(form.route, "route", new Set(names));
  if (route.receiver === undefined) refuse("route", "the root names no receiver; every alert must end somewhere");
  if (route.matchers.length > 0) refuse("route", "the root takes every alert and has no matchers");
  if ((route.muteTimeIntervals ?? []).length + (route.activeTimeIntervals ?? []).length > 0)
    refuse("route", "the root is never muted; put time intervals on a child");
  return { route, inhibitRules: (form.inhibit_rules ?? []).map(inhibitRuleOf), timeIntervals };
}

/** Fails with `bad_routes`, naming the place. */
export function parseRouting(form: RoutingForm): Result<RoutingConfig> {
  try {
    return ok(configOf(form));
  } catch (error) {
    if (error instanceof Refusal) return fail("bad_routes", `${error.message}.`.replace(/\.\.$/, "."));
    throw error;
  }
}

function routeForm(route: Route): RouteForm {
  const spoken = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : formatDuration(ms));
  return {
    ...given("receiver", route.receiver),
    ...(route.matchers.length === 0 ? {} : { matchers: route.matchers.map(formatMatcher) }),
    ...given("group_by", route.groupBy),
    ...given("group_wait", spoken(route.groupWaitMs)),
    ...given("group_interval", spoken(route.groupIntervalMs)),
    ...given("repeat_interval", spoken(route.repeatIntervalMs)),
    ...given("mute_time_intervals", route.muteTimeIntervals),
    ...given("active_time_intervals", route.activeTimeIntervals),
    ...(route.continue ? { continue: true } : {}),
    ...(route.routes.length === 0 ? {} : { routes: route.routes.map(routeForm) }),
  };
}

export const routingForm = (config: RoutingConfig): RoutingForm => ({
  route: routeForm(config.route),
  inhibit_rules: config.inhibitRules.map(({ source, target, equal }) => ({
    source_matchers: source.map(formatMatcher),
    target_matchers: target.map(formatMatcher),
    equal,
  })),
  time_intervals: config.timeIntervals.map(timeIntervalForm),
});
