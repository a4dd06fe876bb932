import { KIND } from "../kind.ts";
import { GROWN_AT, M, MODEL_SIZE, P, R } from "./layout.ts";

/** A level begins to move that is not told, as a deploy permits: from here on it is the last event, so that its way back belongs to it as to one that was. */
export function beginUntoldShift(f: Float64Array): void {
  const at = P.models + f[R.model]! * MODEL_SIZE;
  f[R.eventKind] = -1;
  f[R.eventModel] = f[R.model]!;
  f[R.eventOffset] = f[at + M.offset]!;
  f[GROWN_AT] = 1;
  f[R.eventScatter] = f[at + M.usualMiss]!;
}

/** It has moved to `level`. */
export function endUntoldShift(f: Float64Array, level: number): void {
  const season = f[P.models + f[R.eventModel]! * MODEL_SIZE + M.season]!;
  f[R.eventKind] = -2 - KIND.levelShift;
  f[R.eventEndMs] = f[R.lastMs]!;
  f[R.eventShift] = f[R.eventSize] = level - f[R.eventOffset]! - (season === season ? season : 0);
}
