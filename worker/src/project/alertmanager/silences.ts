import type { Matcher } from "@sightline/shared/model/matcher";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import type { AlertmanagerSilence } from "../../objects/alertmanager-rpc.ts";
import type { Silence } from "../../objects/rpc.ts";
import type { ProjectPorts } from "../project-ports.ts";
import { endedSilences, findSilence, listSilences } from "../silences.ts";

const shown = (silence: Silence, nowMs: number): AlertmanagerSilence => ({
  ...silence,
  createdBy: silence.author ?? silence.createdBy,
  updatedAt: silence.updatedAt ?? silence.startsAt,
  state: silence.endsAt <= nowMs ? "expired" : silence.startsAt > nowMs ? "pending" : "active",
});

/** A filter is held against the silence's own matchers: their names and values stand for labels, as in Alertmanager. */
const isAskedFor = ({ matchers }: Silence, asked: readonly Matcher[]): boolean =>
  matchesLabels(asked, Object.fromEntries(matchers.map(({ name, value }) => [name, value])));

export function alertmanagerSilences(ports: ProjectPorts, matchers: readonly Matcher[]): readonly AlertmanagerSilence[] {
  const now = ports.now();
  const live = listSilences(ports).map((silence) => shown(silence, now));
  const pending = live.filter(({ state }) => state === "pending").toSorted((left, right) => left.startsAt - right.startsAt);
  const ended = endedSilences(ports).map((silence) => shown(silence, now));
  return [...live.filter(({ state }) => state === "active"), ...pending, ...ended].filter((silence) => isAskedFor(silence, matchers));
}

export function alertmanagerSilence(ports: ProjectPorts, id: string): AlertmanagerSilence | null {
  const found = findSilence(ports, id);
  return found === null ? null : shown(found.silence, ports.now());
}
