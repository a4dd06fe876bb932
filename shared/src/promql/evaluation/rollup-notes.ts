/** Says in the answer that rollups were read, and what that means for it. */
import type { SelectedSeries } from "../../model/sample.ts";
import type { Span } from "../ast.ts";
import { formatDuration } from "../parse/literals.ts";
import type { Annotations } from "./annotations.ts";

/** `rangeMs`: of a window. */
export function noteRollups(found: readonly SelectedSeries[], span: Span, notes: Annotations, rangeMs = 0): void {
  const resolutions = new Set<number>();
  for (const { rollup } of found) if (rollup !== undefined && rollup.ends.length > 0) resolutions.add(rollup.resolutionMs);
  for (const ms of [...resolutions].sort((a, b) => a - b)) {
    const [tier, range] = [formatDuration(ms), formatDuration(rangeMs)];
    const widened = rangeMs % ms === 0 ? "" : `, and in place of ${range} each value is of whole buckets (amounts are brought to ${range})`;
    notes.info(
      `answered from ${tier} rollups: times are moved back to whole buckets, by less than ${tier}${widened}; raw=1 reads raw samples, where there still are any`,
      span,
    );
  }
}

/** Raw samples had to be read where they have left storage. */
export const noteMissing = (reader: string, span: Span, notes: Annotations): void =>
  notes.warn(`samples are missing: ${reader} reads raw samples here, and of some times only aggregates of them are left`, span);
