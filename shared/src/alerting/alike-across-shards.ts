import type { AlertTransition } from "../model/alert.ts";
import { seriesKey } from "../model/labels.ts";
import { type RuleFault, type RuleGroup, isRecording } from "../model/rule.ts";
import { ALIKE } from "../rules/alert-labels.ts";

/**
 * Rules of which the rule's labels make alerts alike though each is of another shard, which no shard can see by itself: they fire, and the rule
 * is told to be wrong. `shards`: the open alerts of each. One that is open in several shards is one whose sender has moved.
 */
export function alikeAcrossShards(shards: readonly (readonly AlertTransition[])[], groups: readonly RuleGroup[]): readonly RuleFault[] {
  if (shards.length < 2) return [];
  const seen = new Map<string, { readonly alert: AlertTransition; readonly byShard: Map<number, Set<string>> }>();
  for (const [shard, alerts] of shards.entries())
    for (const alert of alerts) {
      const key = `${alert.rule}\u00FE${alert.condition}\u00FE${seriesKey(alert.labels)}`;
      const known = seen.get(key) ?? { alert, byShard: new Map<number, Set<string>>() };
      seen.set(key, known);
      const own = known.byShard.get(shard) ?? new Set<string>();
      known.byShard.set(shard, own.add(alert.fingerprint));
    }
  return [...seen.values()].flatMap(({ alert, byShard }) => {
    const [first, ...others] = byShard.values();
    return first === undefined || others.every((other) => isSame(first, other)) ? [] : faultsOf(alert, groups);
  });
}

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size === b.size && [...a].every((one) => b.has(one));

/** Of the rules of this name those of this expression, where it is told as it is written. */
function faultsOf({ rule: name, condition, at }: AlertTransition, groups: readonly RuleGroup[]): readonly RuleFault[] {
  const named = groups.flatMap((group) =>
    group.rules.flatMap((rule): RuleFault[] =>
      isRecording(rule) || rule.name !== name ? [] : [{ group: group.name, name, expr: rule.expr, message: ALIKE, at }],
    ),
  );
  const own = named.filter(({ expr }) => expr === condition);
  return own.length > 0 ? own : named;
}
