import { mayMatch, possibleRoutes } from "@sightline/shared/alerting/possible-routes";
import type { EffectiveRoute } from "@sightline/shared/alerting/route-tree";
import type { TimeInterval } from "@sightline/shared/alerting/routing";
import type { UnheardRule } from "@sightline/shared/api/alerting-responses";
import { type AlertRule, isRecording, ownLabels } from "@sightline/shared/model/rule";
import { EDITOR } from "../alerting/notification.ts";
import { matchersOf } from "../alerting/silence-matching.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { readRouting } from "./routing.ts";
import { listRuleGroups } from "./rule-groups.ts";
import { listSilences } from "./silences.ts";
import { targetsOf } from "./targets.ts";

/** The labels every alert of the rule bears; those with templates in them are known only when it fires. */
function knownLabels(rule: AlertRule): Readonly<Record<string, string>> {
  const fixed = Object.entries(ownLabels(rule)).filter(([, value]) => !value.includes("{{"));
  return { ...Object.fromEntries(fixed), alertname: rule.name };
}

const isAlways = ({ parts }: TimeInterval): boolean => parts.some((part) => Object.keys(part).every((key) => key === "location"));

function mutedForever(route: EffectiveRoute, intervals: readonly TimeInterval[]): boolean {
  const named = (names: readonly string[]): readonly TimeInterval[] => intervals.filter(({ name }) => names.includes(name));
  if (named(route.muteTimeIntervals).some(isAlways)) return true;
  return route.activeTimeIntervals.length > 0 && named(route.activeTimeIntervals).every(({ parts }) => parts.length === 0);
}

/** Rules whose alerts would reach nobody beyond the editor's and the page's viewers, however their other labels turn out. */
export function unheardRules(ports: ProjectPorts): readonly UnheardRule[] {
  const { tree, config } = readRouting(ports);
  const silences = listSilences(ports).filter(({ startsAt }) => startsAt <= ports.now());
  const reach = new Map<string, boolean>();
  const reaches = (receiver: string): boolean => {
    const known = reach.get(receiver) ?? (targetsOf(ports, receiver) ?? []).length > 0;
    reach.set(receiver, known);
    return known;
  };
  const dumb = (route: EffectiveRoute): string | null => {
    const { receiver, path } = route;
    if (receiver === null || receiver === EDITOR) return `the route ${path} leads to the editor alone`;
    if (!reaches(receiver)) return `the route ${path} leads to ${receiver}, which does not exist or has no integration`;
    return mutedForever(route, config.timeIntervals) ? `the route ${path} is always mute` : null;
  };
  const judge = (group: string, rule: AlertRule): UnheardRule | null => {
    const known = knownLabels(rule);
    const silence = silences.find((each) => mayMatch(matchersOf(each), known) === "yes");
    if (silence !== undefined) {
      const until = new Date(silence.endsAt).toISOString();
      return { group, rule: rule.name, reasons: [`silence ${silence.id} of ${silence.createdBy} holds all of it until ${until}`] };
    }
    const reasons = possibleRoutes(tree, known).map(dumb);
    const said = reasons.filter((reason) => reason !== null);
    return said.length === reasons.length ? { group, rule: rule.name, reasons: said } : null;
  };
  return listRuleGroups(ports)
    .flatMap(({ name, rules }) => rules.flatMap((rule) => (isRecording(rule) ? [] : [judge(name, rule)])))
    .filter((unheard) => unheard !== null);
}
