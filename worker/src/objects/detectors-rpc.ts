import type { Labels } from "@sightline/shared/model/labels";

/** What shards tell each other of what detectors have learned. */
export interface DetectorsRpc {
  /**
   * From the shard in which these series go on; at most some hundred. What is answered is understood by the same version alone
   * (`rules/handed-detectors.ts`). None of them is missed here from then on.
   */
  handDetectors(series: readonly Labels[]): Promise<ArrayBuffer>;
}
