import type { AnomalyAnswer, AnomalyVerdict } from "@sightline/shared/model/anomaly";
import { formatLabels } from "@sightline/shared/model/labels";
import type { Principal } from "@sightline/shared/model/principal";
import { anomalyAnswers } from "./anomaly-answers.ts";
import { actorOf, recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { bumpConfigVersion } from "./shard-configuration.ts";

/** Older answers are forgotten beyond this many: what they taught is gone with them. */
const MAX_ANSWERS = 500;

/** Keeps the answers in place of earlier ones about the same anomalies, and has the shards learn them. */
export function answerAnomalies(
  ports: ProjectPorts,
  by: Principal,
  anomalies: readonly Pick<AnomalyAnswer, "id" | "labels" | "t">[],
  verdict: AnomalyVerdict,
): readonly AnomalyAnswer[] {
  const [at, actor] = [ports.now(), actorOf(by)];
  const answers = anomalies.map(({ id, labels, t }): AnomalyAnswer => ({ id, labels, t, verdict, at, by: actor }));
  const ids = new Set(answers.map(({ id }) => id));
  const others = anomalyAnswers(ports).filter(({ id }) => !ids.has(id));
  ports.database.transaction(() => {
    store(ports, [...answers, ...others].slice(0, MAX_ANSWERS));
    for (const { id, labels } of answers) recordAudit(ports, by, "anomaly.feedback", `${verdict} ${id} ${formatLabels(labels)}`);
  });
  return answers;
}

/** Takes back what was said of those that somebody has spoken of; the others are left out of the answer. */
export function takeBackAnswers(ports: ProjectPorts, by: Principal, ids: readonly string[]): readonly AnomalyAnswer[] {
  const answers = anomalyAnswers(ports);
  const wanted = new Set(ids);
  const taken = answers.filter(({ id }) => wanted.has(id));
  if (taken.length === 0) return [];
  ports.database.transaction(() => {
    store(
      ports,
      answers.filter((one) => !taken.includes(one)),
    );
    for (const { id, verdict, labels } of taken)
      recordAudit(ports, by, "anomaly.feedback-taken-back", `${verdict} ${id} ${formatLabels(labels)}`);
  });
  return taken;
}

/** Inside the transaction of the change. */
function store(ports: ProjectPorts, answers: readonly AnomalyAnswer[]): void {
  ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('anomaly_answers', ?)", JSON.stringify(answers));
  bumpConfigVersion(ports);
}
