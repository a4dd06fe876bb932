import { decodeUtf8 } from "@sightline/shared/encoding/utf8";
import type { Anomaly } from "@sightline/shared/model/anomaly";
import { finish, Pace } from "@sightline/shared/promql/evaluation/pace";
import { anomaliesOf } from "../../worker/src/query/anomaly-reads.ts";
import type { SeriesReads } from "../../worker/src/query/series-reads.ts";

/** What a shard answers, its list taken apart. */
export function anomaliesTold(reads: SeriesReads, selector: string, startMs: number, endMs: number, bands: boolean) {
  const answer = finish(anomaliesOf(reads, selector, startMs, endMs, bands, new Pace(Infinity)));
  if (!answer.ok) throw new Error(answer.error.message);
  const { anomalies, ...more } = answer.value;
  return { ...more, anomalies: anomalies.pieces.flatMap((piece) => JSON.parse(`[${decodeUtf8(new Uint8Array(piece))}]`) as Anomaly[]) };
}
