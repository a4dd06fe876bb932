import type { AnomalyAnswer, AnomalyVerdict } from "@sightline/shared/model/anomaly";
import { formatLabels } from "@sightline/shared/model/labels";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { anomalyAnswers } from "./anomaly-answers.ts";
import { actorOf, recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { bumpConfigVersion } from "./shard-configuration.ts";

/** Older answers are forgotten beyond this many: what they taught is gone with them. */
const MAX_ANSWERS = 500;

/** Keeps the answer in place of an earlier one about the same anomaly, and has the shards learn it. */
export function answerAnomaly(
  ports: ProjectPorts,
  by: Principal,
  anomaly: Pick<AnomalyAnswer, "id" | "labels" | "t">,
  verdict: AnomalyVerdict,
): AnomalyAnswer {
  const answer: AnomalyAnswer = { ...anomaly, verdict, at: ports.now(), by: actorOf(by) };
  const others = anomalyAnswers(ports).filter(({ id }) => id !== answer.id);
  ports.database.transaction(() => {
    store(ports, [answer, ...others].slice(0, MAX_ANSWERS));
    recordAudit(ports, by, "anomaly.feedback", `${verdict} ${answer.id} ${formatLabels(answer.labels)}`);
  });
  return answer;
}

/** Codes: `not_found`. */
export function takeBackAnswer(ports: ProjectPorts, by: Principal, id: string): Result<AnomalyAnswer> {
  const answers = anomalyAnswers(ports);
  const answer = answers.find((one) => one.id === id);
  if (answer === undefined) return fail("not_found", `Nobody has said anything of the anomaly ${id}. Nothing was changed.`);
  ports.database.transaction(() => {
    store(
      ports,
      answers.filter((one) => one !== answer),
    );
    recordAudit(ports, by, "anomaly.feedback-taken-back", `${answer.verdict} ${id} ${formatLabels(answer.labels)}`);
  });
  return ok(answer);
}

/** Inside the transaction of the change. */
function store(ports: ProjectPorts, answers: readonly AnomalyAnswer[]): void {
  ports.database.run("INSERT OR REPLACE INTO settings (name, value) VALUES ('anomaly_answers', ?)", JSON.stringify(answers));
  bumpConfigVersion(ports);
}
