import type { Dependency } from "@sightline/shared/alerting/topology";
import type { ProjectPorts } from "../project-ports.ts";
import { readShardMap } from "../shard-map.ts";
import { lookAgain } from "./look-again.ts";
import { learnDependencies, putTopologyState, topologyState, wantTopology } from "./topology-store.ts";

/** How long the shards may take before they are asked again: after a crash, or when none of them answers. */
const ANSWER_MS = 60_000;

export type AskShard = (shard: string) => Promise<readonly Dependency[]>;

export const nextLearningAt = (ports: ProjectPorts): number | null => topologyState(ports).askAt;

/** Asks every shard for what its labels say, if that is due. A shard that does not answer is left out: what it said before stays for a day. */
export async function learnTopology(ports: ProjectPorts, ask: AskShard): Promise<boolean> {
  const { askAt } = topologyState(ports);
  if (askAt === null || askAt > ports.now()) return false;
  // Until then nobody else asks; a crash in between leaves it to the alarm.
  putTopologyState(ports, { askAt: ports.now() + ANSWER_MS });
  const answers = await Promise.allSettled(readShardMap(ports).shards.map(ask));
  const learned = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (answers.every(({ status }) => status === "rejected")) return false;
  ports.database.transaction(() => {
    if (learnDependencies(ports, learned)) lookAgain(ports);
  });
  return true;
}

/** What is known, asked for anew when it is old. */
export async function freshTopology(ports: ProjectPorts, ask: AskShard): Promise<void> {
  ports.database.transaction(() => wantTopology(ports));
  await learnTopology(ports, ask);
}
