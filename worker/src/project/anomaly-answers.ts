import type { AnomalyAnswer } from "@sightline/shared/model/anomaly";
import type { ProjectPorts } from "./project-ports.ts";

/** What people said of anomalies, newest first. */
export function anomalyAnswers(ports: ProjectPorts): readonly AnomalyAnswer[] {
  const [row] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'anomaly_answers'");
  // Written by answer-anomaly.ts.
  return row === undefined ? [] : (JSON.parse(row.value) as AnomalyAnswer[]);
}
