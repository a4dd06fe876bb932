/** Runs a rule over what a shard has stored, or over the series of several. */
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { Select, SelectRequest } from "@sightline/shared/promql/api";
import { selectRequests } from "@sightline/shared/promql/engine";
import { KeptReads } from "@sightline/shared/promql/evaluation/kept-reads";
import {
  type Backtest,
  backtestRule,
  evaluationTimes,
  firstRead,
  type SelectForLabels,
} from "@sightline/shared/rules/backtest/backtest-rule";
import type { Episode } from "@sightline/shared/rules/backtest/episodes";
import type { BacktestPart } from "@sightline/shared/rules/backtest/parts";
import { byAlert } from "@sightline/shared/rules/backtest/summarize";
import { varyingLabels } from "@sightline/shared/rules/alert-labels";
import { planInGroup } from "@sightline/shared/rules/rule-plan";
import { suggestSetting } from "@sightline/shared/rules/suggest-setting";
import { acrossShards } from "./across-shards.ts";
import { ALONE, type Among } from "./query-among.ts";
import type { QuerySource } from "./query-source.ts";
import { SelectRefusal } from "./select-refusal.ts";
import { missingOf } from "./missing-samples.ts";

const TIMEOUT_MS = 60_000;
const MOST_EPISODES = 50_000;
/** Firings of one label set from which on a quieter setting is looked for. */
const OFTEN = 3;

/** Failures: the engine's, `limit`, `timeout`, `unavailable` with a shard's name, `archive_damaged` and `archive_unbound` where samples are missing. */
export async function backtestAmong(
  local: QuerySource,
  among: Among,
  test: Backtest,
  pause: () => Promise<void>,
): Promise<Result<BacktestPart>> {
  const planned = planInGroup(test.rule, test);
  if (!planned.ok) return planned;
  const { expr, hold, presence, program } = planned.value;
  const times = evaluationTimes(test, test.startMs, Math.floor((test.endMs - test.startMs) / test.intervalMs) + 1);
  const requests = new Map<string, SelectRequest>();
  for (const asked of [expr, hold, presence])
    for (const request of asked === null ? [] : selectRequests(asked, times)) requests.set(JSON.stringify(request), request);
  if (program !== null) {
    const request = { matchers: program.matchers, startMs: firstRead({ ...planned.value, program }, test.startMs), endMs: test.endMs };
    requests.set(JSON.stringify(request), request);
  }
  // What looks at one series at a time is asked of each shard by itself.
  const isAlone = among === undefined || program !== null;
  const isHere = ![...requests.values()].some((request) => local.reaches?.(request) === true);
  // What its labels ask is not known before they do.
  const mayReach = local.reaches !== undefined && varyingLabels(test.rule) !== null;
  if (isAlone && isHere && !mayReach) return backtestOver(local, test, pause);
  const known = isAlone && isHere ? [] : [...requests.values()];
  const options = { ...(isAlone ? ALONE : among), timeoutMs: TIMEOUT_MS, partial: false };
  return acrossShards(local, { ...options, pause }, known, (source, foresee) => {
    // A past without some of its days would be told as one in which nothing fired.
    const error = missingOf(source);
    if (error !== null) return { ok: false, error };
    const kept = new KeptReads((request) => source.select(request));
    for (const request of known) kept.add(request, source.select(request));
    const forLabels: SelectForLabels = (request, whole) => {
      // What has to be brought is brought once; what is here is read at the times of the alerts alone.
      const isBrought = !isAlone || local.reaches?.(whole) === true;
      if (isBrought && !kept.has(request)) kept.add(whole, foresee(whole));
      return kept.select(request);
    };
    return backtestOver({ ...source, select: kept.select }, test, pause, forLabels);
  });
}

async function backtestOver(
  source: QuerySource,
  test: Backtest,
  pause: () => Promise<void>,
  forLabels?: SelectForLabels,
): Promise<Result<BacktestPart>> {
  const select: Select = (request) => source.select(request);
  const deadline = source.now() + TIMEOUT_MS;
  const steps = backtestRule(test, select, forLabels);
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value.ok ? partOf(step.value.value, test, select) : step.value;
      await pause();
      if (source.now() > deadline)
        return fail("timeout", `the backtest took longer than ${TIMEOUT_MS / 1000} s; ask for less time or fewer series`);
    }
  } catch (error) {
    if (error instanceof SelectRefusal) return fail(error.code, error.message);
    throw error;
  }
}

function partOf(episodes: readonly Episode[], { rule }: Backtest, select: Select): Result<BacktestPart> {
  if (episodes.length > MOST_EPISODES)
    return fail(
      "limit",
      `the rule would have fired ${episodes.length} times, at most ${MOST_EPISODES} are told; ask for less time or fewer series`,
    );
  const noisiest = [...byAlert(episodes).values()].reduce<readonly Episode[]>((most, own) => (own.length > most.length ? own : most), []);
  const last = noisiest.at(-1);
  if (last === undefined || noisiest.length < OFTEN) return ok({ episodes, suggestion: null });
  return ok({ episodes, suggestion: suggestSetting(rule, last.labels, select, last.resolvedAt ?? last.firedAt) });
}
