import { meanOf } from "@sightline/shared/insights/series-words";
import type { Severity } from "@sightline/shared/model/alert";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { FoundAnomaly } from "../api.ts";
import type { JudgedAs } from "./judged-as.ts";
import { isNoticeable } from "./noticeable-change.ts";

/** A judged point as it is told, `revised` where it was told otherwise before; null where it is not worth it. */
export function toldAnomaly(series: JudgedAs, judgement: Judgement, revised: boolean): FoundAnomaly | null {
  if (!isNoticeable(judgement, series.labels, series.metadata, series.judgedBy)) return null;
  const isMean = series.judgedBy === "mean";
  // Where nothing was observed there is no mean, though samples came. Where none came is told as of any series.
  if (isMean && judgement.kind === "gap") return null;
  return {
    labels: series.labels,
    ...judgement,
    ...(isMean ? { reason: `${meanOf(series.labels)}: ${judgement.reason}` } : {}),
    severity: severityOf(judgement.score),
    ...(revised ? { revised: true as const } : {}),
  };
}

/** Louder the surer: an anomaly alone is never worse than an error. */
const severityOf = (score: number): Severity => (score >= 0.9 ? "error" : score >= 0.7 ? "warning" : "info");
