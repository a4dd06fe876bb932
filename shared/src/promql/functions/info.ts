/** `info(v, selector)`: adds the data labels of matching info series (experimental). Identifying labels are job and instance. */
import type { Matcher } from "../../model/matcher.ts";
import { METRIC_NAME, type Labels } from "../../model/labels.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import type { Call, VectorSelector } from "../ast.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import { type Pace, SERIES_NS, type Stepwise } from "../evaluation/pace.ts";
import { ABSENT, type Column, copyStep, isEmpty, newColumn, type Steps } from "../evaluation/steps.ts";
import { readTimes, selectorRequest, DEFAULT_LOOKBACK_MS } from "../evaluation/times.ts";
import { seriesKey } from "../../model/labels.ts";
import { QueryError } from "../failure.ts";
import { labelsText } from "../format/labels-text.ts";
import { matchesLabels } from "../matchers.ts";
import { selectInstant } from "../select/instant.ts";
import { commonTime } from "./info-time.ts";

const IDENTIFYING = ["instance", "job"];
const DEFAULT_NAME: Matcher = { name: METRIC_NAME, op: "=", value: "target_info" };
const ANY_INFO: Matcher = { name: METRIC_NAME, op: "=~", value: ".+_info" };

function infoMatchers(call: Call): readonly Matcher[] {
  const selector = call.args[1];
  return selector?.kind === "vector_selector" ? selector.matchers : [];
}

/** Matchers of the info metrics' name: `target_info` unless named; a name that is only excluded leaves every `…_info`. */
function nameMatchers(call: Call): readonly Matcher[] {
  const names = infoMatchers(call).filter((matcher) => matcher.name === METRIC_NAME);
  if (names.length === 0) return [DEFAULT_NAME];
  return names.some((matcher) => matcher.op === "=" || matcher.op === "=~") ? names : [ANY_INFO, ...names];
}

const selectors = new WeakMap<Call, VectorSelector>();

/** What is read for a call: info series that all matchers fit, of the time that the series are of which they are added to. */
function infoSelector(call: Call): VectorSelector {
  let selector = selectors.get(call);
  if (selector !== undefined) return selector;
  const [base] = call.args;
  selector = {
    kind: "vector_selector",
    name: "",
    matchers: [...nameMatchers(call), ...dataMatchers(call)],
    ...(base === undefined ? { offset: 0 } : commonTime(base)),
    span: call.span,
  };
  selectors.set(call, selector);
  return selector;
}

const dataMatchers = (call: Call): readonly Matcher[] => infoMatchers(call).filter(({ name }) => name !== METRIC_NAME);

export function infoRequest(call: Call, steps: Steps, params: QueryParams): SelectRequest {
  return selectorRequest(infoSelector(call), steps, params);
}

const identity = (labels: Labels): string => IDENTIFYING.map((name) => labels[name] ?? "").join("\u00FF");

interface InfoColumn {
  readonly column: Column;
  readonly times: Float64Array;
}

/** `base`: the series they may be added to; an info series has the identifying labels of one of these, and no other. */
function infosByIdentity(
  call: Call,
  base: readonly Column[],
  series: readonly SelectedSeries[],
  steps: Steps,
  params: QueryParams,
): Map<string, InfoColumn[]> {
  const infos = new Map<string, InfoColumn[]>();
  const read = readTimes(infoSelector(call), steps);
  const wanted = new Set(base.map(({ labels }) => identity(labels)));
  wanted.delete(identity({}));
  for (const one of series) {
    const key = identity(one.labels);
    if (!wanted.has(key)) continue;
    const times = new Float64Array(steps.count);
    const column = selectInstant(one, read, params.lookbackMs ?? DEFAULT_LOOKBACK_MS, times);
    if (column === undefined) continue;
    if (column.histograms !== undefined)
      throw new QueryError("execution", `info metrics must be floats, but ${one.labels[METRIC_NAME] ?? ""} has native histograms`);
    const list = infos.get(key);
    if (list === undefined) infos.set(key, [{ column, times }]);
    else list.push({ column, times });
  }
  return infos;
}

/** Of each info metric the series with the newest sample speaks; two with samples of one time contradict each other. */
function newestPerName(infos: readonly InfoColumn[], step: number): Column[] {
  const newest = new Map<string, InfoColumn>();
  for (const info of infos) {
    if (info.column.kinds[step] === ABSENT) continue;
    const name = info.column.labels[METRIC_NAME] ?? "";
    const other = newest.get(name);
    const [t, before] = [info.times[step] ?? 0, other?.times[step] ?? -Infinity];
    if (other !== undefined && t === before) {
      const [existing, found] = [other, info].map(({ column }) => `${labelsText(column.labels)} @ ${t}`);
      throw new QueryError("execution", `found duplicate series for info metric: existing ${existing}, new ${found}`);
    }
    if (t > before) newest.set(name, info);
  }
  return Array.from(newest.values(), (info) => info.column);
}

/** A label set made and its key. */
const STEP_NS = 2 * SERIES_NS;

export function* addInfo(
  call: Call,
  base: readonly Column[],
  series: readonly SelectedSeries[],
  steps: Steps,
  params: QueryParams,
  pace: Pace,
): Stepwise<Column[]> {
  const wanted = dataMatchers(call);
  const needsMatch = wanted.some((matcher) => !matchesLabels([matcher], {}));
  const names = nameMatchers(call);
  const enriched = base.filter(({ labels }) => !matchesLabels(names, labels));
  const infos = infosByIdentity(call, enriched, series, steps, params);
  const out = new Map<string, Column>();
  for (const column of base) {
    const isInfo = matchesLabels(names, column.labels);
    const candidates = isInfo ? [] : (infos.get(identity(column.labels)) ?? []);
    for (let step = 0; step < steps.count; step++) {
      if (column.kinds[step] === ABSENT) continue;
      if (pace.spend(STEP_NS)) yield;
      const labels: Record<string, string> = { ...column.labels };
      let matched = false;
      for (const info of newestPerName(candidates, step)) {
        matched = true;
        for (const [name, value] of Object.entries(info.labels)) {
          if (name === METRIC_NAME || IDENTIFYING.includes(name) || column.labels[name] !== undefined) continue;
          if (wanted.length > 0 && !wanted.some((matcher) => matcher.name === name)) continue;
          if (labels[name] !== undefined && labels[name] !== value) throw new QueryError("execution", `conflicting label: ${name}`);
          labels[name] = value;
        }
      }
      if (!matched && !isInfo && needsMatch) continue;
      const key = seriesKey(labels);
      let target = out.get(key);
      if (target === undefined) out.set(key, (target = newColumn(labels, steps.count, column.dropName)));
      else if (target.kinds[step] !== ABSENT) throw new QueryError("execution", "vector cannot contain metrics with the same labelset");
      copyStep(column, target, step);
    }
  }
  return [...out.values()].filter((column) => !isEmpty(column));
}
