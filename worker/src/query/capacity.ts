import { fnv1a } from "@sightline/shared/encoding/fnv1a";
import type { CapacityAnswer, CapacityQuestion, DemandAnswer, DemandQuestion } from "@sightline/shared/api/analyses";
import {
  CPU_COUNT,
  MACHINES,
  MACHINE_NAMES,
  RESOURCE_RULES,
  type ResourceRule,
  UNLIMITED,
  isKnownMetric,
  joinKey,
  mayBelong,
} from "@sightline/shared/capacity/bounded-resources";
import {
  LIMIT_NAMES,
  isNursery,
  kindOfName,
  mayBeUseOf,
  statisticsBeside,
  thingOf,
  usedNamesOf,
} from "@sightline/shared/capacity/paired-names";
import { isSharedByHosts } from "@sightline/shared/capacity/shared-by-hosts";
import { urgencyOf } from "@sightline/shared/capacity/urgency";
import { judgeResource } from "@sightline/shared/capacity/judge-resource";
import { capacityId, formerCapacityId } from "@sightline/shared/insights/capacity-insight";
import { seenByAgent } from "@sightline/shared/capacity/seen-twice";
import type { JudgedResource } from "@sightline/shared/model/capacity";
import { spokenDuration } from "@sightline/shared/model/duration";
import { type Labels, METRIC_NAME, formatLabels } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { ok } from "@sightline/shared/model/result";
import type { MatrixSeries } from "@sightline/shared/promql/api";
import type { Stepwise } from "@sightline/shared/promql/evaluation/pace";
import { isCounterOf } from "../rules/detection/counter-series.ts";
import { HOURLY_MS, readHistory } from "./history.ts";
import { newest } from "./newest.ts";
import { inSteps, type QuerySource } from "./query-source.ts";
import { POINTS, type ReadUse, readUse, type Use } from "./read-use.ts";

const RECENT_MS = 300_000;
/** Each takes some 20 ms. */
const MOST_JUDGED = 80;

/** Demand over a stretch of time, and how many hosts there are at its end. Failures: those of a query, `limit`. */
export function demandQuery(reads: QuerySource, { query, startMs, endMs }: DemandQuestion): Result<DemandAnswer> {
  // A host that is gone is no host.
  const recent = hostsOf(reads, endMs, RECENT_MS);
  const { hosts, machines } = recent.hosts > 0 ? recent : hostsOf(reads, endMs, HOURLY_MS);
  const history = readHistory(reads, { query, startMs, endMs, points: POINTS, maxSeries: 1 });
  if (!history.ok) return history;
  const [first] = history.value.series;
  return ok({
    timestamps: Float64Array.from(first?.timestamps ?? []),
    values: Float64Array.from(first?.values ?? []),
    hosts: Math.max(1, hosts),
    machines,
  });
}

/** How many there are, each counted once, whoever sees it, and what they are called by all who see them. */
function hostsOf(reads: QuerySource, endMs: number, lookbackMs: number): Pick<DemandAnswer, "hosts" | "machines"> {
  const machines = newest(reads, MACHINES, endMs, lookbackMs).map(({ labels }) => labels);
  const agents = new Set(machines.flatMap((labels) => labels["host_name"] ?? []));
  const names = namesOfMachines(reads, endMs);
  const both = seenByAgent(agents, names);
  const instances = machines.flatMap((labels) => (labels["host_name"] === undefined ? (labels["instance"] ?? "") : []));
  const called = instances.flatMap((instance) => [instance, names.get(instance) ?? ""]).filter((name) => name !== "");
  return { hosts: agents.size + instances.filter((instance) => !both.has(instance)).length, machines: [...agents, ...called] };
}

const namesOfMachines = (reads: QuerySource, endMs: number): ReadonlyMap<string, string> =>
  new Map(newest(reads, MACHINE_NAMES, endMs, HOURLY_MS).map(({ labels }) => [labels["instance"] ?? "", labels["nodename"] ?? ""]));

/**
 * Everything bounded that this source has samples of: by the rules of names, by the names of limits, and as declared. Whatever waits for
 * this object goes first between any two of them: all of them take a second or more.
 */
export async function capacityQuery(
  reads: QuerySource,
  question: CapacityQuestion,
  pause: () => Promise<void>,
): Promise<Result<CapacityAnswer>> {
  const { kind, endMs, declared, declaredOnly = false } = question;
  const rules = [
    ...declared.map((one): ResourceRule => ({ ...one, unit: one.unit ?? "" })),
    ...(declaredOnly ? [] : [...RESOURCE_RULES, ...pairedRules(reads, endMs)]),
  ].filter((rule) => kind === undefined || rule.kind === kind);
  const cpus = new Map(declaredOnly ? [] : newest(reads, CPU_COUNT, endMs, HOURLY_MS).map(({ labels, value }) => [hostOf(labels), value]));
  const names = declaredOnly ? new Map<string, string>() : namesOfMachines(reads, endMs);
  const machines = new Set(question.machines);
  const found: Bound[] = [];
  const left: string[] = [];
  const warnings: string[] = [];
  for (const rule of rules) {
    await pause();
    const bounds = await inSteps(boundsOf(reads, rule, question), pause);
    const isDeclared = declared.some(({ name }) => name === rule.name);
    if (!bounds.ok && !isDeclared) return bounds;
    if (!bounds.ok) {
      warnings.push(`${rule.name ?? ""}: ${bounds.error.message}`);
      continue;
    }
    const { bounded, warning } = bounds.value;
    if (warning !== undefined) warnings.push(`${rule.name ?? ""}: ${warning}`);
    const sent = bounded.filter(({ isGone }) => !isGone);
    found.push(...sent);
    left.push(...bounds.value.left.flatMap((labels) => idsOf(rule, labels)));
    if (isDeclared && sent.length === 0 && bounded.length > 0) warnings.push(goneText(rule, bounded, endMs));
  }
  const scarce = found
    .map((bound) => ({ ...bound, urgency: urgencyOf(bound.series, bound.limit) }))
    .toSorted((a, b) => b.urgency - a.urgency);
  const told = new Set(question.told);
  const isJudged = ({ rule, series }: Bound, i: number): boolean => i < MOST_JUDGED || isAmong(told, rule, series.labels);
  const resources: JudgedResource[] = [];
  for (const bound of scarce.filter(isJudged)) {
    await pause();
    const { rule, series, peaks, earlier, limit, query } = bound;
    const name = nameOf(rule, series.labels);
    const thing = thingIn(rule);
    const servers = rule.kind === "cpu" ? cpus.get(hostOf(series.labels)) : undefined;
    const host = rule.ofMachine === true ? (series.labels["host_name"] ?? names.get(series.labels["instance"] ?? "")) : undefined;
    const judged = judgeResource({
      resource: {
        kind: rule.kind,
        name,
        ...(thing === "" ? {} : { thing }),
        labels: series.labels,
        query,
        unit: rule.unit,
        limit,
        ...(servers === undefined ? {} : { servers }),
        ...(host === undefined ? {} : { host }),
        ...(rule.ofMachine === true ? { ofMachine: true } : {}),
        ...(rule.ofMachine !== true && isSharedByHosts(series.labels, machines) ? { isShared: true } : {}),
      },
      history: series,
      hosts: question.hosts,
      random: uniform(name),
      ...(peaks === undefined ? {} : { peaks }),
      ...(earlier === undefined ? {} : { earlier }),
      ...(question.demand === undefined ? {} : { demand: question.demand }),
      ...(question.scenario === undefined ? {} : { scenario: question.scenario }),
    });
    if (judged !== null) resources.push(judged);
  }
  left.push(...scarce.filter((bound, i) => !isJudged(bound, i)).flatMap(({ rule, series }) => idsOf(rule, series.labels)));
  return ok({ resources, left, warnings });
}

interface Bound extends Use {
  readonly rule: ResourceRule;
  readonly limit: number;
  readonly query: string;
}

const lastOf = ({ timestamps }: MatrixSeries): number => timestamps.at(-1) ?? 0;

/** Somebody declared it, and would take its absence for good news. */
const goneText = ({ name = "", used }: ResourceRule, bounds: readonly Bound[], endMs: number): string =>
  `${name}: the newest sample of ${used} is ${spokenDuration(endMs - Math.max(...bounds.map(({ series }) => lastOf(series))))} old, so that it is not judged.`;

const hostOf = (labels: Labels): string => labels["host_name"] ?? labels["instance"] ?? "";

/** Series of what is used that have a limit, and the labels of those for which there are too many. A rule whose limit nothing has costs one look. */
function* boundsOf(
  reads: QuerySource,
  rule: ResourceRule,
  question: CapacityQuestion,
): Stepwise<Result<Pick<ReadUse, "left" | "warning"> & { readonly bounded: readonly Bound[] }>> {
  const fixed = typeof rule.limit === "number" ? rule.limit : null;
  // Limits may be reported by the hour.
  const limits = fixed === null ? newest(reads, String(rule.limit), question.endMs, HOURLY_MS) : [];
  if (fixed === null && limits.length === 0) return ok({ bounded: [], left: [] });
  const bounding = limits.filter(({ value }) => value > 0 && value < UNLIMITED);
  const byKey = new Map(bounding.map(({ labels, value }) => [joinKey(labels), value]));
  const limitOf = (labels: Labels): number | undefined => fixed ?? byKey.get(joinKey(labels, rule.dropped));
  const told = new Set(question.told);
  const found = yield* readUse(reads, rule, question, { limitOf, isTold: (labels) => isAmong(told, rule, labels) });
  if (!found.ok) return found;
  const { query, uses, ...rest } = found.value;
  // A single limit is that of a single series, unless their labels say that they are of two things.
  const [only] = limits.length === 1 && uses.length === 1 ? bounding : [];
  const alone = (labels: Labels): number | undefined => (only !== undefined && mayBelong(only.labels, labels) ? only.value : undefined);
  const bounded = uses.flatMap((use): Bound[] => {
    const limit = limitOf(use.series.labels) ?? alone(use.series.labels);
    const { labels, values } = use.series;
    if (limit === undefined || values.length === 0) return [];
    return rule.byName === true && (isNursery(labels) || !mayBeUseOf(rule.used, values, limit)) ? [] : [{ ...use, rule, limit, query }];
  });
  return ok({ bounded, ...rest });
}

/** `jobs_limit` beside `jobs_count`: the first name that has samples, for limits that no rule knows. */
function pairedRules(reads: QuerySource, endMs: number): ResourceRule[] {
  const limits = newest(reads, `{__name__=~"${LIMIT_NAMES}"}`, endMs, HOURLY_MS);
  const names = [...new Set(limits.flatMap(({ labels }) => labels[METRIC_NAME] ?? []))].filter((name) => !isKnownMetric(name));
  return names.flatMap((name): ResourceRule[] => {
    const candidates = usedNamesOf(name);
    // The sum beside a count tells that both are of a timer or a histogram, which `_max` is the longest of.
    const statistics = statisticsBeside(name);
    const sought = [...statistics, ...candidates.flatMap((candidate) => [candidate, candidate.replace(/_count$/, "_sum")])].join("|");
    const there = new Set(newest(reads, `{__name__=~"${sought}"}`, endMs, HOURLY_MS).map(({ labels }) => labels[METRIC_NAME]));
    if (statistics.some((one) => there.has(one))) return [];
    const counts = (candidate: string): boolean =>
      (candidate.endsWith("_count") && there.has(candidate.replace(/count$/, "sum"))) ||
      isCounterOf(candidate, reads.typeOf?.(candidate) ?? "unknown");
    const used = candidates.find((candidate) => there.has(candidate) && !counts(candidate));
    const unit = /_(bytes|ratio|seconds)$/.exec(name)?.[1] ?? "";
    return used === undefined ? [] : [{ kind: kindOfName(name), used, limit: name, unit, byName: true }];
  });
}

/** The present one, and that of before names had the thing in them. */
function idsOf(rule: ResourceRule, labels: Labels): readonly string[] {
  const resource = { kind: rule.kind, name: nameOf(rule, labels), labels, thing: thingIn(rule) };
  return [...new Set([capacityId(resource), formerCapacityId(resource)])];
}

const isAmong = (ids: ReadonlySet<string>, rule: ResourceRule, labels: Labels): boolean =>
  ids.size > 0 && idsOf(rule, labels).some((id) => ids.has(id));

const thingIn = ({ byName, limit }: ResourceRule): string => (byName === true ? thingOf(String(limit)) : "");

/** app of cart-7f9c: pods have containers of one name. */
const containerOf = ({ container = "", pod = "" }: Labels): string =>
  container === "" || pod === "" ? container : `${container} of ${pod}`;

/** A process has several of memory and of connections. */
const poolOf = (labels: Labels): string => labels["jvm_memory_pool_name"] ?? labels["pool"] ?? labels["id"] ?? "";

/** disk / on web-1; where names alone tell of a limit, with what it is of: quota licence_seats on app-1. */
function nameOf(rule: ResourceRule, labels: Labels): string {
  const { kind: resource, used, name, byName } = rule;
  if (name !== undefined) return name;
  const kind = resource === "cpu" ? "CPU" : resource;
  const what =
    labels["system_filesystem_mountpoint"] ??
    labels["mountpoint"] ??
    labels["persistentvolumeclaim"] ??
    (resource === "disk" ? (labels["volume"] ?? labels["mount"]) : undefined) ??
    (containerOf(labels) || (byName === true ? poolOf(labels) : ""));
  const host = hostOf(labels);
  if (host === "" && what === "") {
    const rest = formatLabels(labels);
    return rest === "{}" || rest === "" ? `${kind} (${used})` : `${kind} ${rest}`;
  }
  const process = used.startsWith("process_") || kind === "connections" ? (labels["job"] ?? labels["service_name"] ?? "") : "";
  return [kind, thingIn(rule), what, process, ...(host === "" ? [] : ["on", host])].filter((part) => part !== "").join(" ");
}

/** The same futures for the same resource, so that an answer does not move by itself: mulberry32 from the name's hash. */
function uniform(name: string): () => number {
  let state = fnv1a(name);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
