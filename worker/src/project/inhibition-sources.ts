import type { InhibitRule } from "@sightline/shared/alerting/routing";
import type { StoredAlert } from "./alert-lifecycle.ts";
import { listAlerts, parseAlert } from "./alert-store.ts";
import type { ProjectPorts } from "./project-ports.ts";

const ALL = 1_000_000;
/** Parameters of one statement. */
const MOST_TEXTS = 50;

/** Text that stands in the body of whatever can be a source of the rule; null when nothing is sure to. */
function textsOf({ source }: InhibitRule): readonly string[] | null {
  const sure = source.find(({ op, value }) => op === "=" && value !== "");
  if (sure === undefined) return null;
  // A rule's name is a label of its alerts for matchers, wherever the body has it.
  const names = sure.name === "alertname" ? ["alertname", "name"] : [sure.name];
  return names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(sure.value)}`);
}

/**
 * Open alerts that may hold others by one of the rules, and some that don't: of a storm of ten thousand only those are
 * read whose rows mention what a source must be. All of them where a rule does not say.
 */
export function possibleSources(ports: ProjectPorts, rules: readonly InhibitRule[]): readonly StoredAlert[] {
  const texts = rules.map(textsOf);
  const sure = [...new Set(texts.flatMap((each) => each ?? []))];
  if (texts.includes(null) || sure.length > MOST_TEXTS) return listAlerts(ports, { states: ["firing", "acknowledged"], limit: ALL });
  const mentions = sure.map(() => "instr(body, ?) > 0").join(" OR ");
  return ports.database
    .all<{ body: string }>(
      `SELECT body FROM alerts WHERE state IN ('firing', 'acknowledged') AND (${mentions}) ORDER BY state = 'firing' DESC, active_at DESC`,
      ...sure,
    )
    .map(parseAlert);
}
