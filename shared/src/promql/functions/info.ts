/** `info(v, selector)`: adds the data labels of matching info series (experimental). Identifying labels are job and instance. */
import type { Matcher } from "../../model/matcher.ts";
import { METRIC_NAME, type Labels } from "../../model/labels.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import type { Call, VectorSelector } from "../ast.ts";
import type { QueryParams, SelectRequest } from "../api.ts";
import { ABSENT, type Column, copyStep, isEmpty, newColumn, type Steps } from "../evaluation/steps.ts";
import { readTimes, selectorRequest, DEFAULT_LOOKBACK_MS } from "../evaluation/times.ts";
import { seriesKey } from "../../model/labels.ts";
import { QueryError } from "../failure.ts";
import { matchesLabels } from "../matchers.ts";
import { selectInstant } from "../select/instant.ts";

const IDENTIFYING = ["instance", "job"];
const DEFAULT_NAME: Matcher = { name: METRIC_NAME, op: "=", value: "target_info" };

function infoMatchers(call: Call): readonly Matcher[] {
  const selector = call.args[1];
  return selector?.kind === "vector_selector" ? selector.matchers : [];
}

/** Where the first argument reads, so that the info series are read at the same times. */
function timing(call: Call): VectorSelector {
  const names = infoMatchers(call).filter((matcher) => matcher.name === METRIC_NAME);
  return { kind: "vector_selector", name: "", matchers: names.length > 0 ? names : [DEFAULT_NAME], offset: 0, span: call.span };
}

export function infoRequest(call: Call, steps: Steps, params: QueryParams): SelectRequest {
  return selectorRequest(timing(call), steps, params);
}

const identity = (labels: Labels): string => IDENTIFYING.map((name) => labels[name] ?? "").join("\u00FF");

export function addInfo(
  call: Call,
  base: readonly Column[],
  series: readonly SelectedSeries[],
  steps: Steps,
  params: QueryParams,
): Column[] {
  const wanted = infoMatchers(call).filter((matcher) => matcher.name !== METRIC_NAME);
  const names = timing(call).matchers;
  const infos = new Map<string, Column[]>();
  for (const one of series) {
    const column = selectInstant(one, readTimes(timing(call), steps), params.lookbackMs ?? DEFAULT_LOOKBACK_MS);
    if (column === undefined) continue;
    const key = identity(column.labels);
    const list = infos.get(key);
    if (list === undefined) infos.set(key, [column]);
    else list.push(column);
  }
  const out = new Map<string, Column>();
  const emit = (column: Column, step: number, labels: Labels): void => {
    const key = seriesKey(labels);
    let target = out.get(key);
    if (target === undefined) out.set(key, (target = newColumn(labels, steps.count, column.dropName)));
    copyStep(column, target, step);
  };
  for (const column of base) {
    const matching = matchesLabels(names, column.labels) ? [] : (infos.get(identity(column.labels)) ?? []);
    const isInfo = matchesLabels(names, column.labels);
    for (let step = 0; step < steps.count; step++) {
      if (column.kinds[step] === ABSENT) continue;
      if (isInfo) {
        emit(column, step, column.labels);
        continue;
      }
      const labels: Record<string, string> = { ...column.labels };
      const satisfied = new Set<string>();
      for (const info of matching) {
        if (info.kinds[step] === ABSENT || !matchesLabels(wanted, info.labels)) continue;
        for (const [name, value] of Object.entries(info.labels)) {
          if (name === METRIC_NAME || IDENTIFYING.includes(name) || column.labels[name] !== undefined) continue;
          if (wanted.length > 0 && !wanted.some((matcher) => matcher.name === name)) continue;
          if (labels[name] !== undefined && labels[name] !== value) throw new QueryError("execution", `conflicting label: ${name}`);
          labels[name] = value;
          satisfied.add(name);
        }
      }
      const missing = wanted.some(
        (matcher) => !satisfied.has(matcher.name) && !matchesLabels([matcher], { [matcher.name]: labels[matcher.name] ?? "" }),
      );
      if (!missing) emit(column, step, labels);
    }
  }
  return [...out.values()].filter((column) => !isEmpty(column));
}
