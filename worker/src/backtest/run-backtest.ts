/** What rules would have told of the past, beside what was told. */
import type { BacktestResponse, PastAlert, RuleBacktest } from "@sightline/shared/api/backtest";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { type AlertRule, type RuleGroup, isRecording } from "@sightline/shared/model/rule";
import type { Backtest } from "@sightline/shared/rules/backtest/backtest-rule";
import { type BacktestPart, joinParts } from "@sightline/shared/rules/backtest/parts";
import { summarizeBacktest } from "@sightline/shared/rules/backtest/summarize";
import { parseRuleFile } from "@sightline/shared/rules/rule-file";
import { planInGroup, recordedMetrics } from "@sightline/shared/rules/rule-plan";

const MOST_RULES = 50;
/** Known at the moment only, so that no past of it can be told. */
const OF_THE_MOMENT = /\bsightline_sender_|\bALERTS(_FOR_STATE)?\b/;

export interface BacktestPorts {
  /** Each shard by itself: of rules that look at one series at a time. */
  readonly eachShard: (test: Backtest) => Promise<readonly Result<BacktestPart>[]>;
  /** One shard over the series of all. */
  readonly acrossShards: (test: Backtest) => Promise<Result<BacktestPart>>;
}

export interface BacktestQuestion {
  /** Rule files, YAML or JSON. */
  readonly rules: string;
  readonly compare: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  /** The project's own, whose records they may read. */
  readonly groups: readonly RuleGroup[];
  /** Those that fired in this time. */
  readonly alerts: readonly PastAlert[];
}

interface NamedRule {
  readonly rule: AlertRule;
  readonly group: RuleGroup;
  /** Metrics that its file records. */
  readonly recorded: ReadonlySet<string>;
}

/** Failures: of the rule file, `bad_rule` for one without an alert, `limit`, and those of the shards. */
export async function runBacktest(question: BacktestQuestion, ports: BacktestPorts): Promise<Result<BacktestResponse>> {
  const { startMs, endMs, alerts } = question;
  const rules = alertRulesOf(question.rules);
  if (!rules.ok) return rules;
  const others = question.compare === undefined ? null : alertRulesOf(question.compare);
  if (others?.ok === false) return others;
  const tested = await runRules(rules.value, question, ports);
  if (!tested.ok) return tested;
  const compared = others === null ? null : await runRules(others.value, question, ports);
  if (compared?.ok === false) return compared;
  const results = [...tested.value, ...(compared?.value ?? [])];
  const overlapped = new Set(results.flatMap(({ fired }) => fired.flatMap(({ overlaps }) => overlaps)));
  return ok({
    start: startMs,
    end: endMs,
    rules: tested.value,
    ...(compared === null ? {} : { compare: compared.value }),
    alerts: alerts.filter(({ id }) => overlapped.has(id)),
    warnings: warningsOf([...rules.value, ...(others?.value ?? [])]),
  });
}

function alertRulesOf(text: string): Result<readonly NamedRule[]> {
  const groups = parseRuleFile(text);
  if (!groups.ok) return groups;
  const recorded = recordedMetrics(groups.value);
  const rules = groups.value.flatMap((group) => group.rules.flatMap((rule) => (isRecording(rule) ? [] : [{ rule, group, recorded }])));
  if (rules.length === 0) return fail("bad_rule", "There is no alerting rule in it to test; recording rules tell nobody anything.");
  if (rules.length <= MOST_RULES) return ok(rules);
  return fail("limit", `there are ${rules.length} rules in it, at most ${MOST_RULES} are tested at once; send fewer`);
}

async function runRules(
  rules: readonly NamedRule[],
  { startMs, endMs, alerts, groups }: BacktestQuestion,
  ports: BacktestPorts,
): Promise<Result<readonly RuleBacktest[]>> {
  const found: RuleBacktest[] = [];
  const stored = recordedMetrics(groups);
  // One after another: they read the same shards.
  for (const { rule, group, recorded } of rules) {
    const { intervalMs, limit, queryOffsetMs } = group;
    const asked = `${rule.expr} ${rule.keepFiringExpr ?? ""}`;
    const read = new Set([...stored, ...recorded].filter((metric) => asked.includes(metric)));
    const terms = { recorded: read, ...(limit === undefined ? {} : { limit }), ...(queryOffsetMs === undefined ? {} : { queryOffsetMs }) };
    // Evaluations lie on multiples of the interval, so that two tests of the same time agree.
    const part = await runRule({ rule, intervalMs, ...terms, startMs: Math.ceil(startMs / intervalMs) * intervalMs, endMs }, ports);
    if (!part.ok) return fail(part.error.code, `${rule.name}: ${part.error.message}`);
    found.push(summarizeBacktest({ rule: rule.name, group: group.name, ...part.value }, alerts, endMs));
  }
  return ok(found);
}

async function runRule(test: Backtest, { eachShard, acrossShards }: BacktestPorts): Promise<Result<BacktestPart>> {
  const plan = planInGroup(test.rule, test);
  if (!plan.ok) return plan;
  if (plan.value.program === null) return acrossShards(test);
  const parts: BacktestPart[] = [];
  for (const part of await eachShard(test)) {
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok(joinParts(parts));
}

const warningsOf = (rules: readonly NamedRule[]): string[] =>
  rules
    .filter(({ rule }) => OF_THE_MOMENT.test(rule.expr))
    .map(({ rule }) => `${rule.name} looks at what is known at the moment only (sender silence or alerts): its past cannot be told`);
